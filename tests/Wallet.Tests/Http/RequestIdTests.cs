using Wallet.Service.Http;

namespace Wallet.Tests.Http;

public sealed class RequestIdTests
{
    // Made by an implementation in another language from the encoding that RequestId documents. They are stored: they must never change.
    [Theory]
    [InlineData("yunus", "lunch", "b45a7a43-291d-8a47-8991-34bffefecefb")]
    [InlineData("zoë@example.com", "6f1c9a52-7a4e-4c55-9c0e-4a3c3f3d9c11", "0be96a0c-42d0-8e30-b7f3-94cf62482b0d")]
    public void A_key_stands_for_an_id_that_anyone_can_compute(string userId, string key, string expected) =>
        Assert.Equal(Guid.Parse(expected), RequestId.FromKey(userId, key));

    [Fact]
    public void The_border_between_user_and_key_counts() => Assert.NotEqual(RequestId.FromKey("ab", "c"), RequestId.FromKey("a", "bc"));

    [Fact]
    public void An_id_is_a_version_8_uuid()
    {
        var id = RequestId.FromKey("a", "b");

        Assert.Equal(8, id.Version);
        Assert.Equal(8, id.Variant & 0b1100);
    }

    [Fact]
    public void The_fingerprint_tells_requests_apart_that_look_alike()
    {
        Guid[] fingerprints =
        [
            RequestId.Fingerprint("op", "a", "b"),
            RequestId.Fingerprint("op", "ab", ""),
            RequestId.Fingerprint("op", "ab", null),
            RequestId.Fingerprint("op", null, "ab"),
            RequestId.Fingerprint("op", "a", "b", null),
            RequestId.Fingerprint("opa", "b"),
        ];

        Assert.Equal(fingerprints.Length, fingerprints.Distinct().Count());
        Assert.Equal(RequestId.Fingerprint("op", "a", "b"), fingerprints[0]);
    }
}
