using Microsoft.Extensions.Options;
using Wallet.Service;
using Wallet.Service.Audit;
using Wallet.Service.Startup;
using Wallet.Service.Storage;

try
{
    switch (args)
    {
        case ["migrate", .. var settings]:
            await WalletApp.MigrateAsync(settings);
            break;
        case ["verify", .. var arguments]:
            return await VerifyCommand.RunAsync(arguments);
        case ["serve", .. var settings]:
            await ServeAsync(settings);
            break;
        case [] or [['-', ..], ..]:
            await ServeAsync(args);
            break;
        default:
            Console.Error.WriteLine($"Unknown command '{args[0]}'. There are: serve (the default), migrate, verify.");
            return 2;
    }
}
catch (Exception e) when (e is StartupException or OptionsValidationException or LedgerStoreException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (OperationCanceledException)
{
    // Told to stop before it had started, or with no time left. Where that is a failure, the exit code says so and the log says why.
}

return Environment.ExitCode;

static async Task ServeAsync(string[] settings)
{
    await using var app = WalletApp.Create(settings);
    if (app.Environment.IsDevelopment())
        StartupBanner.PrintWhenReady(app);
    await app.RunAsync();
}
