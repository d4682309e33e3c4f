// One real server of each kind for all tests; each class of tests has databases of its own on it.
[assembly: AssemblyFixture(typeof(Wallet.Tests.TestPostgres))]
[assembly: AssemblyFixture(typeof(Wallet.Tests.TestRedis))]

namespace Wallet.Tests;

/// <summary>The PostgreSQL that all tests share.</summary>
public sealed class TestPostgres : PostgresServer, IAsyncLifetime;

/// <summary>The Redis that all tests share.</summary>
public sealed class TestRedis : RedisServer, IAsyncLifetime;
