namespace Wallet.Tests.Servers;

/// <summary>The service as a process of its own, as it is run.</summary>
internal sealed class WalletProcess : IAsyncDisposable
{
    private readonly DotnetServer _server;

    private WalletProcess(DotnetServer server)
    {
        _server = server;
        Http = new HttpClient { BaseAddress = server.Address };
    }

    public HttpClient Http { get; }

    /// <summary>Everything it has written to its standard output and error.</summary>
    public string Output => _server.Output;

    public int Id => _server.ProcessId;

    public int ExitCode => _server.ExitCode;

    /// <summary>Starts it and waits until it is ready.</summary>
    public static async Task<WalletProcess> StartAsync(string environment, params string[] arguments)
    {
        var server = Create(environment, arguments);
        await server.StartAsync();
        return new WalletProcess(server);
    }

    /// <summary>Runs a command that ends by itself.</summary>
    public static async Task<WalletProcess> RunToEndAsync(string environment, params string[] arguments)
    {
        var server = Create(environment, arguments);
        await server.LaunchAsync();
        await server.WaitForExitAsync(CancellationToken.None);
        return new WalletProcess(server);
    }

    /// <summary>Asks it to stop, as a supervisor does, and waits until it has.</summary>
    public Task TerminateAsync() => _server.TerminateAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
    }

    private static DotnetServer Create(string environment, string[] arguments) =>
        new("wallet.dll", arguments, new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = environment });
}
