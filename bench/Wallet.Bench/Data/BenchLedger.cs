using Microsoft.AspNetCore.Builder;
using Wallet.Service;

namespace Wallet.Bench.Data;

/// <summary>The service put together as it is when it serves, with its default settings, but not started: for its store, its currencies and its queue.</summary>
internal static class BenchLedger
{
    public static WebApplication OnPostgres(string connectionString) => Create("--ConnectionStrings:Wallet", connectionString);

    public static WebApplication OnSqlite(string file) => Create("--Wallet:SqliteFile", file);

    // In Development nobody needs to be able to sign in.
    private static WebApplication Create(string setting, string value) =>
        WalletApp.Create(["--environment", "Development", "--Logging:LogLevel:Default", "Warning", setting, value]);
}
