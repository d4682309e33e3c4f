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

    private readonly DotnetServer _server;
    private readonly HttpClient _http;

    private HostProcess(string name, DotnetServer server)
    {
        Name = name;
        _server = server;
        _http = new HttpClient { BaseAddress = server.Address };
        Address = new IPEndPoint(IPAddress.Loopback, server.Address.Port);
    }

    public string Name { get; }

    public IPEndPoint Address { get; }

    public int ProcessId => _server.ProcessId;

    /// <summary>Starts it and waits until it serves.</summary>
    /// <param name="name">How it is called in the report.</param>
    /// <param name="command">What .NET runs: a program beside this one, and its arguments.</param>
    public static async Task<HostProcess> StartAsync(string name, params IReadOnlyList<string> command)
    {
        var server = new DotnetServer(command[0], [.. command.Skip(1)], Variables);
        await server.StartAsync();
        return new HostProcess(name, server);
    }

    /// <summary>What it says of itself, for <see cref="Measuring.PrometheusText"/>.</summary>
    public Task<string> ReadMetricsAsync() => _http.GetStringAsync("/metrics");

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }
}
