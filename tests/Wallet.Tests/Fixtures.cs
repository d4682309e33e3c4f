using Wallet.Tests.Servers;

// One real server of each kind for all tests; each class of tests has databases of its own on it.
[assembly: AssemblyFixture(typeof(PostgresServer))]
[assembly: AssemblyFixture(typeof(RedisServer))]
