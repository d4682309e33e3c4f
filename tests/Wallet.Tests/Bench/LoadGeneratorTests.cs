using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Wallet.Bench.Load;

namespace Wallet.Tests.Bench;

public sealed class LoadGeneratorTests
{
    private static readonly Scenario Balances = Scenario.All.Single(static s => s.Name == "balance");
    private static readonly Population Few = new(Accounts: 10, Users: 10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Requests_are_due_at_even_distances()
    {
        var schedule = new ArrivalSchedule(rate: 200, TimeSpan.FromSeconds(1.5));

        Assert.Equal(300, schedule.Count);
        Assert.Equal(1, schedule.DueBy(TimeSpan.Zero));
        Assert.Equal(3, schedule.DueBy(TimeSpan.FromMilliseconds(12)));
        Assert.Equal(TimeSpan.FromMilliseconds(10), schedule.DueAt(2));
        Assert.Equal(300, schedule.DueBy(TimeSpan.FromHours(1)));
    }

    [Fact]
    public async Task A_stall_is_seen_by_all_who_would_have_come_meanwhile()
    {
        // Four connections: a load that waits for answers would send four requests into the stall and find the server fast otherwise.
        const int Connections = 4;
        const int Rate = 400;
        var stall = TimeSpan.FromMilliseconds(500);
        await using var server = new StallingServer(stall);
        using var generator = await LoadGenerator.ConnectAsync(server.Address, Connections, static seed => new RequestWriter(Balances, Few, seed));

        var load = await generator.RunAsync(Rate, TimeSpan.FromSeconds(1), Cancel);

        Assert.Equal(Rate, load.Completed);
        Assert.Empty(load.Failures);
        // Whoever was due within the first half of the stall waited for the second half at the least.
        var waited = load.AllLatencies().RecordedValues()
            .Where(value => value.ValueIteratedTo >= (stall / 2).TotalMicroseconds)
            .Sum(static value => value.CountAtValueIteratedTo);
        Assert.InRange(waited, (long)(Rate * (stall / 2).TotalSeconds), Rate);
    }

    [Fact]
    public async Task A_closed_loop_counts_every_answer_once()
    {
        await using var server = new StallingServer(TimeSpan.Zero);
        using var generator = await LoadGenerator.ConnectAsync(server.Address, 3, static seed => new RequestWriter(Balances, Few, seed));

        var load = await generator.RunAsync(TimeSpan.FromMilliseconds(100), Cancel);

        Assert.Equal(server.Answered, load.Completed);
        Assert.Empty(load.Failures);
    }

    [Fact]
    public async Task An_unexpected_status_is_a_failure_and_no_latency()
    {
        await using var server = new StallingServer(TimeSpan.Zero) { Status = "503 Service Unavailable" };
        using var generator = await LoadGenerator.ConnectAsync(server.Address, 1, static seed => new RequestWriter(Balances, Few, seed));

        var load = await generator.RunAsync(TimeSpan.FromMilliseconds(20), Cancel);

        Assert.Equal(0, load.Completed);
        Assert.Equal(server.Answered, load.Failures["503"]);
        Assert.Contains("503 Service Unavailable", load.FirstFailure);
    }

    /// <summary>Answers every request at once, but for a stall that begins with the first.</summary>
    private sealed class StallingServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly TimeSpan _stall;
        private readonly Task _accepting;
        private long _stallBegan;
        private long _answered;

        public StallingServer(TimeSpan stall)
        {
            _stall = stall;
            _listener.Start();
            _accepting = AcceptAsync();
        }

        public string Status { get; init; } = "200 OK";

        public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

        public long Answered => Interlocked.Read(ref _answered);

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private async Task AcceptAsync()
        {
            while (true)
                _ = AnswerAsync(await _listener.AcceptSocketAsync());
        }

        private async Task AnswerAsync(Socket socket)
        {
            using (socket)
            {
                var request = new byte[4_096];
                var answer = Encoding.ASCII.GetBytes($"HTTP/1.1 {Status}\r\nContent-Length: 2\r\n\r\n{{}}");
                while (await socket.ReceiveAsync(request) > 0)
                {
                    Interlocked.CompareExchange(ref _stallBegan, Stopwatch.GetTimestamp(), 0);
                    while (Stopwatch.GetElapsedTime(_stallBegan) < _stall)
                        await Task.Delay(1);
                    Interlocked.Increment(ref _answered);
                    await socket.SendAsync(answer);
                }
            }
        }
    }
}
