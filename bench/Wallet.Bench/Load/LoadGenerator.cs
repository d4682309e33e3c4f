using System.Diagnostics;
using System.Net;
using System.Threading.Channels;

namespace Wallet.Bench.Load;

/// <summary>Asks a server over many connections, as fast as it answers or at a fixed rate.</summary>
internal sealed class LoadGenerator : IDisposable
{
    // A server that answers nobody any more must not hold up the run.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(1);
    private const long NoMore = -1;

    private readonly LoadClient[] _clients;

    private LoadGenerator(LoadClient[] clients) => _clients = clients;

    /// <summary>Connects.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="connections">How many connections.</param>
    /// <param name="newWriter">Makes the requests of each, told its number.</param>
    public static async Task<LoadGenerator> ConnectAsync(IPEndPoint server, int connections, Func<int, RequestWriter> newWriter)
    {
        var generator = new LoadGenerator([.. Enumerable.Range(0, connections).Select(i => new LoadClient(server, newWriter(i)))]);
        try
        {
            foreach (var client in generator._clients)
                await client.ConnectAsync();
            return generator;
        }
        catch
        {
            generator.Dispose();
            throw;
        }
    }

    /// <summary>Closed loop: each connection sends its next request when it has the answer to the one before.</summary>
    public Task<LoadResult> RunAsync(TimeSpan duration, CancellationToken cancellationToken) =>
        MeasureAsync(duration, async (began, recorder) =>
        {
            var end = began + ToTicks(duration);
            await Task.WhenAll(_clients.Select(async client =>
            {
                for (long now; (now = Stopwatch.GetTimestamp()) < end && !cancellationToken.IsCancellationRequested;)
                    await client.SendAsync(now, recorder);
            }));
        }, cancellationToken);

    /// <summary>
    /// Open loop: requests are due at fixed times, whether the answers before them have come or not. Latency counts from when a request was
    /// due, so that a server which stalls is seen by all who would have come meanwhile.
    /// </summary>
    /// <param name="rate">Requests per second.</param>
    /// <param name="duration">For how long requests become due.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<LoadResult> RunAsync(double rate, TimeSpan duration, CancellationToken cancellationToken) =>
        MeasureAsync(duration, async (began, recorder) =>
        {
            // Whoever makes a request due sends it: an idle connection takes it on the same thread.
            var due = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleWriter = true, AllowSynchronousContinuations = true });
            var giveUp = began + ToTicks(duration + Patience / 2);
            var sending = Task.WhenAll(_clients.Select(client => SendDueAsync(client, due.Reader, giveUp, recorder)));
            await ReleaseAsync(new ArrivalSchedule(rate, duration), began, due.Writer, cancellationToken);
            foreach (var _ in _clients)
                due.Writer.TryWrite(NoMore);
            await sending;
        }, cancellationToken);

    public void Dispose()
    {
        foreach (var client in _clients)
            client.Dispose();
    }

    private async Task<LoadResult> MeasureAsync(TimeSpan duration, Func<long, LatencyRecorder, Task> load, CancellationToken cancellationToken)
    {
        using var recorder = new LatencyRecorder();
        var began = Stopwatch.GetTimestamp();
        try
        {
            await load(began, recorder).WaitAsync(duration + Patience, cancellationToken);
        }
        catch
        {
            Dispose(); // ends the exchanges that hang
            throw;
        }

        return recorder.ToResult(Stopwatch.GetElapsedTime(began));
    }

    private static async Task ReleaseAsync(ArrivalSchedule schedule, long began, ChannelWriter<long> due, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Pace);
        for (var released = 0L; released < schedule.Count; await timer.WaitForNextTickAsync(cancellationToken))
        {
            for (var now = schedule.DueBy(Stopwatch.GetElapsedTime(began)); released < now; released++)
                due.TryWrite(began + ToTicks(schedule.DueAt(released)));
        }
    }

    private static async Task SendDueAsync(LoadClient client, ChannelReader<long> due, long giveUp, LatencyRecorder recorder)
    {
        for (long dueAt; (dueAt = await due.ReadAsync()) != NoMore;)
        {
            if (Stopwatch.GetTimestamp() < giveUp)
                await client.SendAsync(dueAt, recorder);
            else
                recorder.Failed("never sent", "The server is so slow that requests were still waiting to be sent long after the end.");
        }
    }

    private static long ToTicks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}

/// <summary>When requests are due: at even distances. Pure.</summary>
/// <param name="rate">Requests per second.</param>
/// <param name="duration">For how long.</param>
internal readonly struct ArrivalSchedule(double rate, TimeSpan duration)
{
    /// <summary>How many there are.</summary>
    public long Count { get; } = (long)(rate * duration.TotalSeconds);

    /// <summary>How many are due by then, since the beginning.</summary>
    public long DueBy(TimeSpan elapsed) => Math.Min(Count, (long)(elapsed.TotalSeconds * rate) + 1);

    /// <summary>When a request is due, counted from 0.</summary>
    public TimeSpan DueAt(long number) => TimeSpan.FromSeconds(number / rate);
}
