global using Wallet.Servers;
global using Xunit;
