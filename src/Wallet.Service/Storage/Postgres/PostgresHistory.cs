using Npgsql;
using Wallet.Ledger;
using static Wallet.Service.Storage.Postgres.PostgresParameter;

namespace Wallet.Service.Storage.Postgres;

/// <summary>The statements that read entries.</summary>
internal static class PostgresHistory
{
    private const string SelectRanges =
        $"""
        SELECT {PostgresRows.EntryColumns}, number
        FROM (SELECT unnest($1) AS range_account_id, unnest($2) AS begin_seq, unnest($3) AS end_seq, unnest($4) AS number) AS ranges
        JOIN entries ON account_id = range_account_id AND seq >= begin_seq AND seq < end_seq
        """;

    private const int RangeNumber = 10;

    // The history of an account has no gap and never goes back in time, so a moment is found by halving: no index on time is needed.
    private const string SelectFirstSeqSince =
        """
        WITH RECURSIVE probe(low, high) AS (
            SELECT 1::bigint, $3::bigint
            UNION ALL
            SELECT CASE WHEN e.created_at >= $2 THEN p.low ELSE e.seq + 1 END,
                   CASE WHEN e.created_at >= $2 THEN e.seq ELSE p.high END
            FROM probe p JOIN entries e ON e.account_id = $1 AND e.seq = (p.low + p.high) / 2
            WHERE p.low < p.high
        )
        SELECT low FROM probe WHERE low >= high
        """;

    private const string SelectEntries =
        $"""
        SELECT {PostgresRows.EntryColumns} FROM entries
        WHERE account_id = $1 AND seq < $2 AND seq >= $3 AND ($4 = 0 OR sign(amount) = $4)
        ORDER BY seq DESC LIMIT $5
        """;

    /// <inheritdoc cref="ILedgerStore.ReadEntriesAsync"/>
    public static async Task<IReadOnlyList<IReadOnlyList<Entry>>> ReadAsync(
        NpgsqlDataSource source, IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken)
    {
        var count = ranges.Count;
        var (accountIds, begins, ends, numbers) = (new long[count], new long[count], new long[count], new int[count]);
        var pages = new Entry[count][];
        for (var i = 0; i < count; i++)
        {
            (accountIds[i], begins[i], ends[i], numbers[i]) = (ranges[i].AccountId, ranges[i].BeginSeq, ranges[i].EndSeq, i);
            pages[i] = new Entry[ends[i] - begins[i]];
        }

        await using var command = source.CreateCommand(SelectRanges);
        command.Parameters.Add(Of(accountIds));
        command.Parameters.Add(Of(begins));
        command.Parameters.Add(Of(ends));
        command.Parameters.Add(Of(numbers));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var entry = reader.ReadEntry();
            var number = reader.GetInt32(RangeNumber);
            pages[number][ends[number] - 1 - entry.Seq] = entry;
        }

        return pages;
    }

    /// <inheritdoc cref="ILedgerStore.FindEntriesAsync"/>
    public static async Task<EntryPage> FindAsync(NpgsqlDataSource source, EntryQuery query, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);

        var before = await EndOfHistoryAsync(connection, query.AccountId, cancellationToken);
        if (query.BeforeSeq < before)
            before = query.BeforeSeq.Value;
        if (query.To is { } to)
            before = await FirstSeqSinceAsync(connection, query.AccountId, to, before, cancellationToken);
        var oldest = query.From is { } from ? await FirstSeqSinceAsync(connection, query.AccountId, from, before, cancellationToken) : 1;
        var scanFrom = Math.Max(oldest, before - EntryQuery.EntriesScannedMax);

        var entries = new List<Entry>(query.Limit + 1);
        await using (var command = new NpgsqlCommand(SelectEntries, connection))
        {
            command.Parameters.Add(Of(query.AccountId));
            command.Parameters.Add(Of(before));
            command.Parameters.Add(Of(scanFrom));
            command.Parameters.Add(Of(query.Direction is { } direction ? direction == EntryDirection.In ? 1 : -1 : 0));
            command.Parameters.Add(Of(query.Limit + 1L));
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                entries.Add(reader.ReadEntry());
        }

        long? next = scanFrom > oldest ? scanFrom : null;
        if (entries.Count > query.Limit)
        {
            entries.RemoveAt(query.Limit);
            next = entries[^1].Seq;
        }

        return new EntryPage(entries, next);
    }

    /// <summary>The sequence number of the first entry made at <paramref name="time"/> or later, or <paramref name="end"/> where there is none before it.</summary>
    private static async Task<long> FirstSeqSinceAsync(
        NpgsqlConnection connection, long accountId, DateTime time, long end, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(SelectFirstSeqSince, connection);
        command.Parameters.Add(Of(accountId));
        command.Parameters.Add(Of(time));
        command.Parameters.Add(Of(end));
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>One past the latest entry; 1 where the account has none, or does not exist.</summary>
    private static async Task<long> EndOfHistoryAsync(NpgsqlConnection connection, long accountId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT entry_count + 1 FROM accounts WHERE id = $1", connection);
        command.Parameters.Add(Of(accountId));
        return await command.ExecuteScalarAsync(cancellationToken) is long seq ? seq : 1;
    }
}
