using Microsoft.Extensions.Options;
using Npgsql;
using Wallet.Service.Storage;

namespace Wallet.Service.Audit;

/// <summary>
/// <c>wallet verify</c>: checks the whole ledger and says what is wrong first. Ends with 0 where the ledger is intact, with 3 where it is
/// broken, and with 1 where that could not be found out.
/// </summary>
internal static class VerifyCommand
{
    public const int Intact = 0;
    public const int NotVerified = 1;
    public const int Broken = 3;

    private const string Json = "--json";

    /// <param name="arguments"><c>--json</c>, and settings as for the service.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        using var interrupted = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            interrupted.Cancel();
        };
        try
        {
            await using var app = WalletApp.CreateForCommand([.. arguments.Where(static argument => argument != Json)]);
            var report = await VerifyAsync(app.Services, interrupted.Token);
            if (arguments.Contains(Json))
                Console.Out.WriteLine(report.ToJson());
            else
                report.ToLines().ToList().ForEach(Console.Out.WriteLine);
            return report.Intact ? Intact : Broken;
        }
        catch (Exception e)
        {
            // Whatever it was, nobody may take it for a verdict.
            Console.Error.WriteLine(e is OperationCanceledException ? "Stopped before the end: the ledger is not verified." : $"The ledger could not be verified: {e.Message}");
            return NotVerified;
        }
    }

    private static async Task<VerifyReport> VerifyAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var time = services.GetRequiredService<TimeProvider>();
        var verification = new LedgerVerification(
            services.GetRequiredService<IAuditStore>(), time, services.GetRequiredService<IOptions<WalletOptions>>().Value.Audit.ClockTolerance);
        var whole = await verification.CountAsync(cancellationToken);
        return await VerifyProgress.RunAsync(
            whole, time, onProgress => verification.RunAsync(NameOfLedger(services), whole, onProgress, cancellationToken));
    }

    /// <summary>A mistyped setting must not pass for a verdict on the ledger that was meant.</summary>
    private static string NameOfLedger(IServiceProvider services)
    {
        if (services.GetRequiredService<IConfiguration>().GetConnectionString("Wallet") is not { Length: > 0 } connectionString)
            return Path.GetFullPath(services.GetRequiredService<IOptions<WalletOptions>>().Value.SqliteFile);
        var connection = new NpgsqlConnectionStringBuilder(connectionString);
        return $"database {connection.Database ?? connection.Username} on {connection.Host}";
    }
}
