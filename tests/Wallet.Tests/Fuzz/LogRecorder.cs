using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Wallet.Tests.Fuzz;

/// <summary>Reads the log of a service for what must not be in it: errors, and secrets.</summary>
/// <param name="secrets">What no line may have.</param>
[ProviderAlias("Recorder")]
internal sealed class LogRecorder(IReadOnlyCollection<string> secrets) : ILoggerProvider
{
    private int _lines;

    /// <summary>The lines that should not be there.</summary>
    public ConcurrentQueue<string> Faults { get; } = [];

    /// <summary>How many lines there were, all in all.</summary>
    public int Lines => _lines;

    public ILogger CreateLogger(string categoryName) => new Recorder(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Recorder(LogRecorder recorder, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Interlocked.Increment(ref recorder._lines);
            var line = $"{logLevel} {category}: {formatter(state, exception)} {exception}";
            if (logLevel >= LogLevel.Error || recorder.SecretIn(line))
                recorder.Faults.Enqueue(line);
        }
    }

    private bool SecretIn(string line) => secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal));
}
