using Npgsql;

namespace Wallet.Service.Storage.Postgres;

/// <summary>Makes the parameters of statements.</summary>
internal static class PostgresParameter
{
    /// <summary>A parameter by its place, with the type of its value: none is boxed, and none is guessed.</summary>
    public static NpgsqlParameter<T> Of<T>(T value) => new() { TypedValue = value };
}
