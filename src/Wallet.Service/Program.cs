using Wallet.Service;
using Wallet.Service.Startup;

switch (args)
{
    case ["migrate", .. var settings]:
        await WalletApp.MigrateAsync(settings);
        break;
    case ["serve", .. var settings]:
        await ServeAsync(settings);
        break;
    case [] or [['-', ..], ..]:
        await ServeAsync(args);
        break;
    default:
        Console.Error.WriteLine($"Unknown command '{args[0]}'. There are: serve (the default), migrate.");
        return 2;
}

return Environment.ExitCode;

static async Task ServeAsync(string[] settings)
{
    await using var app = WalletApp.Create(settings);
    if (app.Environment.IsDevelopment())
        StartupBanner.PrintWhenReady(app);
    await app.RunAsync();
}
