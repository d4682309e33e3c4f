using Wallet.Ledger;

namespace Wallet.Service.Storage.Sqlite;

/// <summary>The statements that write a row. Within a transaction, which is the caller's.</summary>
internal static class SqliteWrites
{
    /// <summary>Every so many entries of an account one leaves a mark.</summary>
    public const int EntriesPerMark = 64;

    public static void Insert(this SqliteDatabase database, Transfer transfer)
    {
        using var insert = database.Use(
            $"INSERT INTO transfers ({SqliteRows.TransferColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        insert.Bind(transfer.Id);
        insert.Bind(transfer.Fingerprint);
        insert.Bind((long)transfer.Kind);
        insert.Bind((long)transfer.Outcome);
        insert.Bind(transfer.RequestedBy);
        insert.Bind(transfer.PayerId);
        insert.Bind(transfer.PayeeId);
        insert.Bind(transfer.Amount);
        insert.Bind(transfer.Currency);
        insert.Bind(transfer.Message);
        insert.Bind(transfer.CreatedAt);
        insert.Bind(transfer.PayerSeq);
        insert.Bind(transfer.PayeeSeq);
        insert.Bind(transfer.PayerBalanceAfter);
        insert.Run();
    }

    /// <summary>Adds an entry, and its mark where it is its turn.</summary>
    /// <param name="database">Where to.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="previous">The row id of the account's entry before; null for its first.</param>
    /// <returns>The row id of the new entry.</returns>
    public static long Insert(this SqliteDatabase database, Entry entry, long? previous)
    {
        using (var insert = database.Use($"INSERT INTO entries ({SqliteRows.EntryColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"))
        {
            insert.Bind(entry.AccountId);
            insert.Bind(entry.Seq);
            insert.Bind(entry.TransferId);
            insert.Bind((long)entry.Kind);
            insert.Bind(entry.Amount);
            insert.Bind(entry.BalanceAfter);
            insert.Bind(entry.CounterpartyId);
            insert.Bind(entry.CreatedAt);
            insert.Bind(entry.Hash);
            insert.Bind(entry.Message);
            insert.Bind(previous);
            insert.Run();
        }

        var id = database.LastInsertRowId;
        if (entry.Seq % EntriesPerMark == 0)
        {
            using var mark = database.Use("INSERT INTO entry_marks (account_id, seq, entry_id, created_at) VALUES (?, ?, ?, ?)");
            mark.Bind(entry.AccountId);
            mark.Bind(entry.Seq);
            mark.Bind(id);
            mark.Bind(entry.CreatedAt);
            mark.Run();
        }

        return id;
    }

    /// <param name="database">Where to.</param>
    /// <param name="account">The account.</param>
    /// <param name="headEntry">The row id of its latest entry; null where it has none.</param>
    public static void Insert(this SqliteDatabase database, Account account, long? headEntry)
    {
        using var insert = database.Use(
            $"INSERT INTO accounts ({SqliteRows.AccountColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        insert.Bind(account.Id);
        insert.Bind(account.UserId);
        insert.Bind(account.Name);
        insert.Bind(account.Currency);
        insert.Bind((long)account.Kind);
        insert.Bind((long)account.Status);
        insert.Bind(account.Balance);
        insert.Bind(account.Held);
        insert.Bind(account.Version);
        insert.Bind(account.EntryCount);
        insert.Bind(account.Head);
        insert.Bind(account.CreatedAt);
        insert.Bind(account.ChangedAt);
        insert.Bind(headEntry);
        insert.Run();
    }

    public static void InsertName(this SqliteDatabase database, string userId, string currency, string name, long accountId)
    {
        using var insert = database.Use("INSERT INTO account_names (user_id, currency, name, account_id) VALUES (?, ?, ?, ?)");
        insert.Bind(userId);
        insert.Bind(currency);
        insert.Bind(name);
        insert.Bind(accountId);
        insert.Run();
    }

    public static void InsertRequest(this SqliteDatabase database, Guid id, Guid fingerprint, long accountId)
    {
        using var insert = database.Use("INSERT INTO account_requests (id, fingerprint, account_id) VALUES (?, ?, ?)");
        insert.Bind(id);
        insert.Bind(fingerprint);
        insert.Bind(accountId);
        insert.Run();
    }

    /// <summary>Writes what entries change of an account.</summary>
    /// <param name="database">Where to.</param>
    /// <param name="account">The account with its new entries.</param>
    /// <param name="headEntry">The row id of the latest of them.</param>
    public static void Update(this SqliteDatabase database, Account account, long? headEntry)
    {
        using var update = database.Use(
            "UPDATE accounts SET balance = ?, held = ?, version = ?, entry_count = ?, head_hash = ?, head_entry = ?, changed_at = ? WHERE id = ?");
        update.Bind(account.Balance);
        update.Bind(account.Held);
        update.Bind(account.Version);
        update.Bind(account.EntryCount);
        update.Bind(account.Head);
        update.Bind(headEntry);
        update.Bind(account.ChangedAt);
        update.Bind(account.Id);
        update.Run();
    }
}
