using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Wallet.Ledger;
using Wallet.Service;
using Wallet.Service.Audit;
using Wallet.Service.Commit;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Commit;

/// <summary>The commit queue and its worker on a store whose every commit is scripted.</summary>
internal sealed class CommitHarness : IAsyncDisposable
{
    private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ScriptedStore _store;
    private readonly CommitWorker _worker;

    public CommitHarness(
        Func<int, IReadOnlyList<TransferCommand>, IReadOnlyList<Decision>> onCommit, Action<CommitOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new WalletOptions();
        options.Commit.Writers = 1;
        configure?.Invoke(options.Commit);
        var wrapped = Options.Create(options);
        var metrics = new CommitMetrics(_provider.GetRequiredService<IMeterFactory>());
        _store = new ScriptedStore(onCommit: onCommit);
        Queue = new CommitQueue(wrapped, metrics, time ?? TimeProvider.System);
        var lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        _worker = new CommitWorker(
            Queue, _store, wrapped, metrics, new RecentEntries(wrapped, TimeProvider.System), TimeProvider.System, lifetime, NullLogger<CommitWorker>.Instance);
    }

    public CommitQueue Queue { get; }

    /// <summary>The sizes of the batches that reached the store, in order.</summary>
    public IReadOnlyCollection<int> Batches => _store.Batches;

    public Task StartAsync() => _worker.StartAsync(CancellationToken.None);

    public Task StopAsync() => _worker.StopAsync(CancellationToken.None);

    public static TransferCommand Command(long amount = 1) => new()
    {
        Id = Guid.NewGuid(),
        IsKeyed = true,
        Fingerprint = Guid.NewGuid(),
        Kind = TransferKind.Transfer,
        RequestedBy = "alice",
        PayerId = 1000,
        PayeeId = 1001,
        Amount = amount,
        Currency = "SGD",
    };

    public static IReadOnlyList<Decision> AllDone(IReadOnlyList<TransferCommand> commands) =>
        [.. commands.Select(static _ => new Decision(Outcome.Done, IsReplay: false, Transfer: null))];

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _provider.DisposeAsync();
    }
}
