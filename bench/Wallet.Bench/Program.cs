using System.CommandLine;
using Wallet.Bench;
using Wallet.Bench.Data;
using Wallet.Bench.Hosts;

// The process of a host that is measured.
if (args is ["host", var host, .. var settings])
{
    await BenchHost.RunAsync(host, settings);
    return 0;
}

try
{
    return await BenchCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = TimeSpan.FromSeconds(30), // what was started is stopped first
    });
}
catch (Exception e) when (e is LoadException or InvalidOperationException or TimeoutException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}
