using System.Globalization;

namespace Wallet.Tests.Servers;

/// <summary>The service as a process of its own, as it is run.</summary>
internal sealed class WalletProcess : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private WalletProcess(ServerProcess process, Uri? address)
    {
        _process = process;
        Http = new HttpClient { BaseAddress = address };
    }

    public HttpClient Http { get; }

    /// <summary>Everything it has written to its standard output and error.</summary>
    public string Output => _process.Output;

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<WalletProcess> StartAsync(string environment, params string[] arguments)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ServerProcess.FreePort()}"));
        using var http = new HttpClient { BaseAddress = address };
        var process = await ServerProcess.StartAsync(
            Command([.. arguments, "--urls", address.AbsoluteUri]),
            async _ => await IsReadyAsync(http),
            environment: Variables(environment));
        return new WalletProcess(process, address);
    }

    /// <summary>Runs a command that ends by itself.</summary>
    public static async Task<WalletProcess> RunToEndAsync(string environment, params string[] arguments)
    {
        var process = await ServerProcess.StartAsync(
            Command(arguments), static _ => Task.FromResult(true), environment: Variables(environment));
        await process.WaitForExitAsync(CancellationToken.None);
        return new WalletProcess(process, address: null);
    }

    /// <summary>Asks it to stop, as a supervisor does, and waits until it has.</summary>
    public async Task TerminateAsync()
    {
        await _process.SignalAsync("TERM");
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
    }

    private static Dictionary<string, string?> Variables(string environment) => new() { ["ASPNETCORE_ENVIRONMENT"] = environment };

    private static string[] Command(string[] arguments) =>
        [ServerProcess.Find("dotnet"), Path.Combine(AppContext.BaseDirectory, "wallet.dll"), .. arguments];

    private static async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var response = await http.GetAsync("/health/ready");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
