using System.Globalization;
using System.Net;
using Wallet.Bench.Load;
using Wallet.Servers;

namespace Wallet.Bench.Hosts;

/// <summary>A host that is measured: a process of its own on a loopback port of its own.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly Dictionary<string, string?> Variables = new(LoadSockets.None)
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["DOTNET_GCgen0size"] = "0x2000000", // as docs/operations.md has it
        ["DOTNET_GCgen0MaxBudget"] = "0x2000000",
    };

    private readonly ServerProcess _process;
    private readonly HttpClient _http;

    private HostProcess(string name, ServerProcess process, HttpClient http)
    {
        Name = name;
        _process = process;
        _http = http;
        Address = new IPEndPoint(IPAddress.Loopback, http.BaseAddress!.Port);
    }

    public string Name { get; }

    public IPEndPoint Address { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts it and waits until it serves.</summary>
    /// <param name="name">How it is called in the report.</param>
    /// <param name="command">What .NET runs: a program beside this one, and its arguments.</param>
    public static async Task<HostProcess> StartAsync(string name, params IReadOnlyList<string> command)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ServerProcess.FreePort()}"));
        var http = new HttpClient { BaseAddress = address };
        try
        {
            var process = await ServerProcess.StartAsync(
                [ServerProcess.Find("dotnet"), Path.Combine(AppContext.BaseDirectory, command[0]), .. command.Skip(1), "--urls", address.AbsoluteUri],
                _ => IsReadyAsync(http),
                environment: Variables);
            return new HostProcess(name, process, http);
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    /// <summary>What it says of itself, for <see cref="Measuring.PrometheusText"/>.</summary>
    public Task<string> ReadMetricsAsync() => _http.GetStringAsync("/metrics");

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
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
