using System.CommandLine;
using Wallet.Bench.Batch;
using Wallet.Bench.Data;

return await new RootCommand("Measures the wallet.") { LoadCommand.Create(), BatchCommand.Create() }.Parse(args).InvokeAsync();
