using System.Net.Http.Headers;

namespace Wallet.Tests.Servers;

/// <summary>The service as a process of its own, as it is run.</summary>
internal sealed class WalletProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

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
    public static Task<WalletProcess> StartAsync(string environment, params string[] arguments) => StartAsync([], environment, arguments);

    /// <summary>The same, started by what can limit it: a command that becomes the one after it.</summary>
    public static async Task<WalletProcess> StartAsync(IReadOnlyList<string> launcher, string environment, params string[] arguments)
    {
        var server = Create(launcher, environment, arguments);
        await server.StartAsync();
        return new WalletProcess(server);
    }

    /// <summary>Runs a command that ends by itself.</summary>
    public static Task<WalletProcess> RunToEndAsync(string environment, params string[] arguments) => RunToEndAsync([], environment, arguments);

    /// <inheritdoc cref="StartAsync(IReadOnlyList{string}, string, string[])"/>
    public static async Task<WalletProcess> RunToEndAsync(IReadOnlyList<string> launcher, string environment, params string[] arguments)
    {
        var server = Create(launcher, environment, arguments);
        await server.LaunchAsync();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await server.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            var output = server.Output;
            await server.DisposeAsync();
            Assert.Fail($"It does not end:\n{output}");
        }

        return new WalletProcess(server);
    }

    /// <summary>Calls it as one of the demonstration users.</summary>
    public async Task<ApiResponse> SendAsync(HttpMethod method, string path, string user, string? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", user) },
            Content = body is null ? null : WalletHost.Json(body),
        };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using var response = await Http.SendAsync(request);
        return await ApiResponse.ReadAsync(response);
    }

    /// <summary>Asks it to stop, and waits for nothing.</summary>
    public Task AskToStopAsync() => _server.SignalAsync("TERM");

    /// <summary>Waits until it has ended.</summary>
    public async Task WhenEndedAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _server.WaitForExitAsync(patience.Token);
    }

    /// <summary>Asks it to stop, as a supervisor does, and waits until it has.</summary>
    public Task TerminateAsync() => _server.TerminateAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
    }

    private static DotnetServer Create(IReadOnlyList<string> launcher, string environment, string[] arguments) =>
        new("wallet.dll", arguments, new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = environment }, launcher);
}
