using System.CommandLine;
using Wallet.Bench;
using Wallet.Bench.Hosts;
using Wallet.Bench.Load;

// The process of a host that is measured: it shares the program, not the settings of the load generator.
if (args is ["host", var host, .. var settings])
{
    await BenchHost.RunAsync(host, settings);
    return 0;
}

LoadSockets.Prepare();
return await BenchCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
