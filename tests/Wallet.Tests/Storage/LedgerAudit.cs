using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Tests.Storage;

/// <summary>Checks accounts as an auditor would, who trusts nothing but the entries.</summary>
internal static class LedgerAudit
{
    /// <summary>Follows each account from its opening: chain, sequence, balances and the row's own figures, and that no user is below zero.</summary>
    /// <returns>Every entry of those accounts.</returns>
    public static async Task<List<Entry>> CheckAsync(ILedgerStore store, IEnumerable<long> accountIds)
    {
        var all = new List<Entry>();
        foreach (var id in accountIds)
        {
            var account = (await store.FindAccountAsync(id, CancellationToken.None))!;
            var history = new List<Entry>();
            for (long? before = null; ;)
            {
                var page = await store.FindEntriesAsync(new EntryQuery { AccountId = id, BeforeSeq = before, Limit = 500 }, CancellationToken.None);
                history.AddRange(page.Entries);
                if ((before = page.NextBeforeSeq) is null)
                    break;
            }

            var verifier = new ChainVerifier(account);
            foreach (var entry in history.AsEnumerable().Reverse())
            {
                Assert.Equal(ChainFault.None, verifier.Follow(entry));
                Assert.True(account.Kind == AccountKind.System || entry.BalanceAfter >= 0);
                all.Add(entry);
            }

            Assert.Equal(ChainFault.None, verifier.Finish());
        }

        return all;
    }
}
