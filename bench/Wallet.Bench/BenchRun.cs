using Wallet.Bench.Load;
using Wallet.Bench.Measuring;

namespace Wallet.Bench;

/// <summary>Measures the hosts in turn: round after round, each time in another order, so that whatever the machine does beside strikes all alike.</summary>
internal sealed class BenchRun(BenchOptions options, TestBed bed)
{
    /// <summary>How many times a host is measured.</summary>
    public int Steps => options.Scenarios.Count * options.Connections.Count * options.Rounds * bed.Subjects.Count;

    /// <param name="began">Is told what is measured now.</param>
    /// <param name="ended">Is told when it has been.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<CaseResult>> RunAsync(Action<string> began, Action ended, CancellationToken cancellationToken)
    {
        var cases = new List<CaseResult>();
        foreach (var scenario in options.Scenarios)
        {
            foreach (var connections in options.Connections)
            {
                var rounds = bed.Subjects.ToDictionary(static subject => subject, static _ => new List<RoundResult>());
                for (var round = 0; round < options.Rounds; round++)
                {
                    foreach (var subject in Rotated(bed.Subjects, round))
                    {
                        began($"{scenario.Name}, {connections} connections, round {round + 1}/{options.Rounds}: {subject.Host.Name}");
                        rounds[subject].Add(await MeasureAsync(subject, scenario, connections, round, cancellationToken));
                        ended();
                    }
                }

                cases.Add(new CaseResult(scenario, connections, [.. bed.Subjects.Select(subject => new HostResult(subject.Host.Name, rounds[subject]))]));
            }
        }

        return cases;
    }

    private async Task<RoundResult> MeasureAsync(Subject subject, Scenario scenario, int connections, int round, CancellationToken cancellationToken)
    {
        // In one round all hosts are asked by the same users for the same.
        using var generator = await LoadGenerator.ConnectAsync(
            subject.Host.Address, connections, number => new RequestWriter(scenario, options.Population, seed: HashCode.Combine(round, number)));
        await LoadAsync(generator, options.WarmUp, cancellationToken);

        ProcessMemory.TryResetPeak(subject.Host.ProcessId);
        var before = await Reading.TakeAsync(subject);
        var load = await LoadAsync(generator, options.Duration, cancellationToken);
        var after = await Reading.TakeAsync(subject);
        return RoundResult.From(load, before, after, ProcessMemory.Peak(subject.Host.ProcessId));
    }

    private Task<LoadResult> LoadAsync(LoadGenerator generator, TimeSpan duration, CancellationToken cancellationToken) =>
        options.Rate is { } rate ? generator.RunAsync(rate, duration, cancellationToken) : generator.RunAsync(duration, cancellationToken);

    private static IEnumerable<Subject> Rotated(List<Subject> subjects, int by) =>
        Enumerable.Range(0, subjects.Count).Select(i => subjects[(i + by) % subjects.Count]);
}
