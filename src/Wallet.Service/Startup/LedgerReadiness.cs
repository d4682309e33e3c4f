namespace Wallet.Service.Startup;

/// <summary>Whether the ledger's database has been brought up to date since the start. Safe to use from any thread.</summary>
internal sealed class LedgerReadiness
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsReady => _ready.Task.IsCompletedSuccessfully;

    /// <summary>Ends when the ledger is ready; never, where it is not before the service stops.</summary>
    public Task WhenReady => _ready.Task;

    public void SetReady() => _ready.TrySetResult();
}
