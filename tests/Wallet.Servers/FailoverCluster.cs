using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Wallet.Servers;

/// <summary>
/// A PostgreSQL with a synchronous standby under pg_auto_failover: a monitor that decides who is primary, and two nodes, each with the keeper
/// that carries it out. It notices a loss within seconds, where its own settings would take half a minute.
/// </summary>
public sealed class FailoverCluster : IAsyncDisposable
{
    private const string UserName = "wallet";
    private const string DatabaseName = "wallet";

    // The first copy of the primary begins with a checkpoint, which else takes minutes.
    private const string Hasten = "ALTER SYSTEM SET checkpoint_completion_target = 0";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private static readonly string[] MonitorSettings =
    [
        "pgautofailover.health_check_period = '1s'", "pgautofailover.health_check_retry_delay = '500ms'", "pgautofailover.health_check_timeout = '1s'",
        "pgautofailover.node_considered_unhealthy_timeout = '3s'", "pgautofailover.primary_demote_timeout = '3s'", "pgautofailover.startup_grace_period = '3s'",
    ];

    // A path of no more than some 100 characters, which is all that a socket's may have.
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"wallet-failover-{Guid.NewGuid():N}");
    private readonly string _bin = PostgresServer.FindBin();
    private readonly Member _monitor = new("monitor");
    private readonly Member[] _nodes = [new("first"), new("second")];

    /// <summary>How to connect to whichever node is the primary.</summary>
    public string ConnectionString => string.Create(
        CultureInfo.InvariantCulture,
        $"Host={string.Join(',', _nodes.Select(static node => $"127.0.0.1:{node.Port}"))};Username={UserName};Database={DatabaseName};Target Session Attributes=read-write");

    /// <summary>Starts all three and waits until commits wait for the standby.</summary>
    public async ValueTask InitializeAsync()
    {
        foreach (var folder in (string[])["", "home", "home/run", "sockets", .. _nodes.Append(_monitor).Select(static member => member.Name)])
            Directory.CreateDirectory(Path.Combine(_folder, folder));
        if (PostgresServer.AsUser.Length > 0)
            await ServerProcess.RunAsync("chown", "--recursive", "nobody:nogroup", _folder);

        await ServerProcess.RunAsync(Autoctl(["create", "monitor", .. PlaceOf(_monitor)]));
        await RunAsync(_monitor);
        await ExecuteAsync(MonitorConnection("postgres"), [.. MonitorSettings.Select(static setting => $"ALTER SYSTEM SET {setting}"), "SELECT pg_reload_conf()"]);

        foreach (var node in _nodes)
        {
            await ServerProcess.RunAsync(Autoctl(
                [
                    "create", "postgres", .. PlaceOf(node), "--name", node.Name, "--username", UserName, "--dbname", DatabaseName,
                    "--monitor", $"postgres://autoctl_node@127.0.0.1:{_monitor.Port}/pg_auto_failover?sslmode=disable",
                ]));
            await RunAsync(node);
            if (node == _nodes[0])
                await ExecuteAsync(ConnectionTo(node, UserName, DatabaseName), [Hasten, "SELECT pg_reload_conf()"]);
        }

        await WhenReplicatedAsync();
    }

    /// <summary>Waits until one node is the primary and the other its synchronous standby.</summary>
    public async Task WhenReplicatedAsync()
    {
        var began = Stopwatch.StartNew();
        IReadOnlyList<(string Name, string State)> states;
        while ((states = await ReadStatesAsync()) is not [(_, "primary"), (_, "secondary")])
        {
            if (began.Elapsed > Patience)
                throw new InvalidOperationException($"The standby does not follow: {string.Join(", ", states)}.\n{string.Join('\n', _nodes.Select(static node => node.Process?.Output))}");
            await Task.Delay(Poll);
        }
    }

    /// <summary>Kills everything of the primary at once, as if its machine had lost its power. It returns with <see cref="ReturnAsync"/>.</summary>
    public async Task KillPrimaryAsync() => await KillAsync(await FindAsync("primary"));

    /// <summary>Kills everything of the standby at once. It returns with <see cref="ReturnAsync"/>.</summary>
    public async Task KillStandbyAsync() => await KillAsync(await FindAsync("secondary"));

    /// <summary>Stops everything of the primary where it is: no connection is cut, and none answers. It goes on with <see cref="ReturnAsync"/>, and believes at first to be the primary still.</summary>
    public async Task FreezePrimaryAsync()
    {
        var node = await FindAsync("primary");
        await ProcessTree.FreezeAsync(node.Process!.Id);
        node.IsFrozen = true;
    }

    /// <summary>Makes the standby the primary, and the primary the standby, in order.</summary>
    public async Task SwitchOverAsync()
    {
        await WhenReplicatedAsync();
        await ServerProcess.RunAsync(Autoctl("perform", "switchover", "--pgdata", DataOf(_monitor)));
    }

    /// <summary>Starts what was killed again, lets go on what was stopped, and waits until there is a primary with its standby.</summary>
    public async Task ReturnAsync()
    {
        foreach (var node in _nodes.Where(static node => node.IsFrozen))
        {
            await ProcessTree.ThawAsync(node.Process!.Id);
            node.IsFrozen = false;
        }

        foreach (var node in _nodes.Where(static node => node.Process is null))
            await RunAsync(node);
        await WhenReplicatedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _nodes.Append(_monitor))
            await KillAsync(member);
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private async Task<Member> FindAsync(string state)
    {
        await WhenReplicatedAsync();
        var name = (await ReadStatesAsync()).Single(node => node.State == state).Name;
        return _nodes.Single(node => node.Name == name);
    }

    private static async Task KillAsync(Member member)
    {
        if (member.Process is not { } process)
            return;
        member.Process = null;
        await ProcessTree.KillAsync(process.Id);
        await process.DisposeAsync();
    }

    /// <summary>The nodes that are what they are told to be, primary first.</summary>
    private async Task<IReadOnlyList<(string Name, string State)>> ReadStatesAsync()
    {
        await using var monitor = NpgsqlDataSource.Create(MonitorConnection("pg_auto_failover"));
        await using var command = monitor.CreateCommand(
            "SELECT nodename, reportedstate::text FROM pgautofailover.node WHERE reportedstate = goalstate AND health = 1 ORDER BY reportedstate::text");
        await using var reader = await command.ExecuteReaderAsync();
        var states = new List<(string, string)>();
        while (await reader.ReadAsync())
            states.Add((reader.GetString(0), reader.GetString(1)));
        return states;
    }

    private async Task RunAsync(Member member) => member.Process = await ServerProcess.StartAsync(
        Autoctl("run", "--pgdata", DataOf(member)), _ => CanConnectAsync(member), stopSignal: "INT");

    private string[] PlaceOf(Member member) =>
    [
        "--pgdata", DataOf(member), "--pgport", member.Port.ToString(CultureInfo.InvariantCulture), "--pgctl", Path.Combine(_bin, "pg_ctl"),
        "--hostname", "127.0.0.1", "--listen", "127.0.0.1", "--auth", "trust", "--no-ssl",
    ];

    private string DataOf(Member member) => Path.Combine(_folder, member.Name, "data");

    /// <summary>The command, with everything that it would write elsewhere kept in the folder.</summary>
    private string[] Autoctl(params string[] arguments)
    {
        var home = Path.Combine(_folder, "home");
        var sockets = Path.Combine(_folder, "sockets");
        return
        [
            .. PostgresServer.AsUser, "env", $"PATH={_bin}:/usr/bin:/bin", "LC_ALL=C.UTF-8", $"HOME={home}", $"XDG_CONFIG_HOME={home}", $"XDG_DATA_HOME={home}",
            $"XDG_RUNTIME_DIR={home}/run", $"PG_REGRESS_SOCK_DIR={sockets}", $"PGHOST={sockets}",
            ServerProcess.Find("pg_autoctl"), .. arguments,
        ];
    }

    private string MonitorConnection(string database) => ConnectionTo(_monitor, PostgresServer.AsUser.Length > 0 ? "nobody" : Environment.UserName, database);

    private static string ConnectionTo(Member member, string user, string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={member.Port};Username={user};Database={database};Pooling=false");

    private async Task<bool> CanConnectAsync(Member member)
    {
        try
        {
            await ExecuteAsync(member == _monitor ? MonitorConnection("pg_auto_failover") : ConnectionTo(member, UserName, DatabaseName), ["SELECT 1"]);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task ExecuteAsync(string connectionString, IReadOnlyList<string> statements)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        foreach (var statement in statements)
        {
            await using var command = source.CreateCommand(statement);
            await command.ExecuteNonQueryAsync();
        }
    }

    private sealed class Member(string name)
    {
        public string Name { get; } = name;

        public int Port { get; } = ServerProcess.FreePort();

        /// <summary>Null while it does not run.</summary>
        public ServerProcess? Process { get; set; }

        public bool IsFrozen { get; set; }
    }
}
