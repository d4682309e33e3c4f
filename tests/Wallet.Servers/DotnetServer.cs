using System.Globalization;

namespace Wallet.Servers;

/// <summary>
/// A program of this repository that serves HTTP, as a process of its own. Its loopback port stays the same however often it is stopped and
/// started again.
/// </summary>
/// <param name="program">The file beside the running program, such as <c>wallet.dll</c>.</param>
/// <param name="arguments">What it is given, besides where to listen.</param>
/// <param name="environment">Further environment variables; null takes one away.</param>
/// <param name="launcher">What starts it: a command that becomes the one after it.</param>
public sealed class DotnetServer(
    string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string?> environment, IReadOnlyList<string>? launcher = null) : IAsyncDisposable
{
    private ServerProcess? _process;

    public Uri Address { get; } = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ServerProcess.FreePort()}"));

    public int ProcessId => Running.Id;

    /// <summary>Everything that it has written to its standard output and error since it was started.</summary>
    public string Output => Running.Output;

    /// <summary>How it ended.</summary>
    public int ExitCode => Running.ExitCode;

    private ServerProcess Running => _process ?? throw new InvalidOperationException($"{program} was not started.");

    /// <summary>Starts it and waits until it says that it can serve.</summary>
    public async Task StartAsync()
    {
        using var http = new HttpClient { BaseAddress = Address };
        await StartAsync(async _ => await IsReadyAsync(http));
    }

    /// <summary>Starts it and waits for nothing.</summary>
    public Task LaunchAsync() => StartAsync(static _ => Task.FromResult(true));

    /// <summary>Kills it with SIGKILL.</summary>
    public Task KillAsync() => EndAsync("KILL");

    /// <summary>Asks it to stop, as a supervisor does, and waits until it has.</summary>
    public Task TerminateAsync() => EndAsync("TERM");

    /// <summary>Sends it a signal, such as <c>TERM</c>, and waits for nothing.</summary>
    public Task SignalAsync(string signal) => Running.SignalAsync(signal);

    public Task WaitForExitAsync(CancellationToken cancellationToken) => Running.WaitForExitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
    }

    private async Task StartAsync(Func<ServerProcess, Task<bool>> isReady)
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = null;
        _process = await ServerProcess.StartAsync(
            [.. launcher ?? [], ServerProcess.Find("dotnet"), Path.Combine(AppContext.BaseDirectory, program), .. arguments, "--urls", Address.AbsoluteUri],
            isReady,
            environment: environment);
    }

    private async Task EndAsync(string signal)
    {
        await Running.SignalAsync(signal);
        await Running.WaitForExitAsync(CancellationToken.None);
    }

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
