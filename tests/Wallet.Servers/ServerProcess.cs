using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Wallet.Servers;

/// <summary>
/// A server that belongs to this process: private, on a port of its own, and gone when the process is, however that ends. A shell holds it
/// and waits for the end of its own standard input, which comes with this process's; then it stops the server.
/// </summary>
public sealed class ServerProcess : IAsyncDisposable
{
    // The server's id comes first on standard output: written by what then becomes the server.
    private const string Holder =
        """
        stop=$1; shift
        exec 3<&0 </dev/null
        sh -c 'echo $$; exec "$@"' sh "$@" &
        server=$!
        ( while read -r signal; do kill -s "$signal" "$server"; done; kill -s "$stop" "$server" ) <&3 >/dev/null 2>&1 &
        wait "$server"
        """;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(25);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<int> _id = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process) => _process = process;

    /// <summary>What the server has written so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>The server's process id.</summary>
    public int Id { get; private set; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Starts a server and waits until it serves.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="isReady">Whether it serves; asked again and again.</param>
    /// <param name="stopSignal">What makes it end at once, but in order.</param>
    /// <param name="environment">Further environment variables; null takes one away.</param>
    public static async Task<ServerProcess> StartAsync(
        IReadOnlyList<string> command,
        Func<ServerProcess, Task<bool>> isReady,
        string stopSignal = "TERM",
        IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo("sh", ["-c", Holder, "sh", stopSignal, .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            if (value is null)
                start.Environment.Remove(name);
            else
                start.Environment[name] = value;
        }

        var server = new ServerProcess(Process.Start(start)!);
        server._process.OutputDataReceived += server.KeepAfterId;
        server._process.ErrorDataReceived += server.Keep;
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        server.Id = await server._id.Task;

        var began = Stopwatch.StartNew();
        while (!await isReady(server))
        {
            if (server.HasExited || began.Elapsed > StartTimeout)
            {
                await server.DisposeAsync();
                throw new InvalidOperationException($"{string.Join(' ', command)} did not start:\n{server.Output}");
            }

            await Task.Delay(Poll);
        }

        return server;
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The full path of a program that a Debian package brings.</summary>
    /// <exception cref="InvalidOperationException">It is not there: a test must fail, not pass without it.</exception>
    public static string Find(string program, params IEnumerable<string> folders) =>
        folders.Concat(Environment.GetEnvironmentVariable("PATH")!.Split(':')).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"{program} is not installed. './test' in the repository's root installs it.");

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task RunAsync(params IReadOnlyList<string> command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{command[0]} failed:\n{await output}{await error}");
    }

    /// <summary>Sends the server a signal, such as <c>TERM</c>.</summary>
    public async Task SignalAsync(string signal)
    {
        await _process.StandardInput.WriteLineAsync(signal);
        await _process.StandardInput.FlushAsync();
    }

    public Task WaitForExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(StopTimeout);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private void KeepAfterId(object sender, DataReceivedEventArgs e)
    {
        if (_id.Task.IsCompleted)
            Keep(sender, e);
        else
            _id.SetResult(int.Parse(e.Data!, CultureInfo.InvariantCulture));
    }

    private void Keep(object sender, DataReceivedEventArgs e)
    {
        lock (_output)
            _output.AppendLine(e.Data);
    }
}
