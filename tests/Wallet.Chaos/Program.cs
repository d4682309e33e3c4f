using System.CommandLine;
using Wallet.Chaos;

try
{
    return await ChaosCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = TimeSpan.FromSeconds(60), // what was started is stopped first
    });
}
catch (Exception e) when (e is InvalidOperationException or TimeoutException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Ended before its time; nothing was decided.");
    return 130;
}
