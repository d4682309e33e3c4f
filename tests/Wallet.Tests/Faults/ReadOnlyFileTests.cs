using System.Runtime.Versioning;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Faults;

/// <summary>The service may not write where its file lies.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ReadOnlyFileTests : IDisposable
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.UserExecute;

    // To root a mode means nothing, unless she has given up what makes her root.
    private static readonly string[] AsAnyUser = Environment.IsPrivilegedProcess ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"] : [];

    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder.File("ledger/wallet.db");

    public void Dispose()
    {
        File.SetUnixFileMode(_folder.File("ledger"), ReadOnly | UnixFileMode.UserWrite);
        _folder.Dispose();
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("file")]
    [InlineData("folder of a file that is there")]
    [InlineData("file and its folder")]
    public async Task A_file_that_may_not_be_written_stops_the_start_with_a_message_that_names_it(string what)
    {
        Directory.CreateDirectory(_folder.File("ledger"));
        if (what != "folder")
        {
            await using var migration = await WalletProcess.RunToEndAsync("Development", "migrate", $"--Wallet:SqliteFile={FilePath}");
            Assert.Equal(0, migration.ExitCode);
            if (what.StartsWith("file", StringComparison.Ordinal))
                File.SetUnixFileMode(FilePath, UnixFileMode.UserRead);
        }

        if (what != "file")
            File.SetUnixFileMode(_folder.File("ledger"), ReadOnly);

        await using var wallet = await WalletProcess.RunToEndAsync(AsAnyUser, "Development", $"--Wallet:SqliteFile={FilePath}", "--urls", "http://127.0.0.1:0");

        Assert.Equal(1, wallet.ExitCode);
        Assert.Contains("Wallet:SqliteFile", wallet.Output, StringComparison.Ordinal);
        Assert.Contains(FilePath, wallet.Output, StringComparison.Ordinal);
    }
}
