namespace Wallet.Service;

/// <summary>The service cannot start as it is set up. The message says why, and what to change.</summary>
internal sealed class StartupException(string message, Exception? innerException = null) : Exception(message, innerException);
