using System.CommandLine;
using Wallet.Bench.Data;

return await new RootCommand("Measures the wallet.") { LoadCommand.Create() }.Parse(args).InvokeAsync();
