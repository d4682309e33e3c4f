namespace Wallet.Service.Sessions;

/// <summary>What a token may be good for. The names are also those of the authorization policies.</summary>
internal static class Scopes
{
    /// <summary>A user's own accounts and transfers.</summary>
    public const string Wallet = "wallet";

    /// <summary>What an operator does.</summary>
    public const string Admin = "admin";

    public static readonly IReadOnlyList<string> All = [Wallet, Admin];
}
