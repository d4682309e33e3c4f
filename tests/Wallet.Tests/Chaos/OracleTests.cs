using System.Text.Json;
using Wallet.Chaos.Checking;
using Wallet.Chaos.Clients;

namespace Wallet.Tests.Chaos;

/// <summary>What is noticed at once, while the clients are still at work.</summary>
public sealed class OracleTests : IDisposable
{
    private static readonly Answer CutOff = new(AnswerKind.InDoubt, "cut off");
    private static readonly Answer Away = new(AnswerKind.NothingChanged, "database_unavailable");
    private static readonly DateTime LongAgo = new(2026, 1, 2, 12, 0, 0, DateTimeKind.Utc);

    private readonly Oracle _oracle = new();
    private readonly AskedTransfer _asked = Ask(mustBeRefused: null);

    public void Dispose() => _oracle.Dispose();

    [Fact]
    public void An_answer_and_its_replays_are_in_order()
    {
        Assert.True(Hear(Posted()));
        Assert.True(Hear(Posted() with { IsReplay = true, Text = _asked.Told!.Text }));

        Assert.Empty(_oracle.Contradictions);
        Assert.Equal((1, 0, 1), (_oracle.Acknowledged, _oracle.Refused, _oracle.Outcomes["posted, replayed"]));
        Assert.Same(_asked, _oracle.AnyAcknowledged(new Random(1)));
    }

    [Fact]
    public void A_doubt_is_counted_by_what_it_turns_out_to_be()
    {
        Assert.False(Hear(CutOff));
        Assert.True(Hear(Posted(LongAgo) with { IsReplay = true }));
        var other = Ask(mustBeRefused: null);
        Assert.False(Hear(CutOff, other));
        Assert.True(Hear(Posted(asked: other), other));

        Assert.Empty(_oracle.Contradictions);
        Assert.Equal((1, 1), (_oracle.DoubtsDone, _oracle.DoubtsNotDone));
    }

    [Fact]
    public void A_change_after_every_answer_said_that_nothing_was_changed_is_reported()
    {
        Hear(Away);
        Hear(Posted(LongAgo) with { IsReplay = true });
        AssertReported(Fault.ChangeDenied);
    }

    [Fact]
    public void A_replay_that_differs_is_reported()
    {
        Hear(Posted());
        Hear(Posted() with { IsReplay = true, Text = "another" });
        AssertReported(Fault.AnswerChanged);
    }

    [Fact]
    public void A_refusal_after_an_acknowledgement_is_reported()
    {
        Hear(Posted());
        Hear(new Answer(AnswerKind.Refused, "insufficient_funds", IsReplay: true));
        AssertReported(Fault.AnswerChanged);
    }

    [Fact]
    public void A_second_answer_that_is_no_replay_is_reported()
    {
        Hear(Posted());
        Hear(Posted() with { Text = _asked.Told!.Text });
        AssertReported(Fault.ReplayUnmarked);
    }

    [Fact]
    public void An_acknowledgement_of_what_must_be_refused_is_reported()
    {
        var asked = Ask("self_transfer");
        Hear(Posted(asked: asked), asked);
        AssertReported(Fault.AnswerUnexpected);
    }

    [Fact]
    public void A_refusal_for_another_reason_is_reported()
    {
        Hear(new Answer(AnswerKind.Refused, "recipient_not_found"));
        AssertReported(Fault.AnswerUnexpected);
    }

    [Fact]
    public void An_answer_of_another_kind_is_reported()
    {
        Hear(new Answer(AnswerKind.Unexpected, "internal_error"));
        AssertReported(Fault.AnswerUnexpected);
    }

    private bool Hear(Answer answer, AskedTransfer? asked = null) => _oracle.Hear(asked ?? _asked, Attempt.Begin(asked ?? _asked, hasTwin: false), answer);

    private void AssertReported(Fault fault)
    {
        Assert.Equal(fault, Assert.Single(_oracle.Contradictions).Fault);
        Assert.True(_oracle.Contradicted.IsCancellationRequested);
    }

    private Answer Posted(DateTime? createdAt = null, AskedTransfer? asked = null)
    {
        var body = JsonSerializer.SerializeToElement(new
        {
            id = (asked ?? _asked).Id,
            amount = 5,
            created_at = createdAt ?? TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1),
            balance_after = 1,
        });
        return new Answer(AnswerKind.Posted, "posted", Text: body.ToString(), Body: body);
    }

    private static AskedTransfer Ask(string? mustBeRefused) => new()
    {
        Id = Guid.NewGuid(),
        Key = "key",
        Payer = new Party("payer", "token", 1),
        PayeeUserId = "payee",
        PayeeId = 2,
        Amount = 5,
        MustBeRefused = mustBeRefused,
    };
}
