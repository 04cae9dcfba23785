using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;

namespace P2PChat.Tests.Vectors;

public sealed class InviteVectorTests
{
    private static readonly InviteVectors Vectors = VectorFile.Read<InviteVectors>("invites.json");

    public static TheoryData<string> Links => [.. Vectors.Valid.Select(vector => vector.Link)];

    public static TheoryData<string> InvalidLinks => [.. Vectors.Invalid.Select(vector => vector.Link)];

    [Theory]
    [MemberData(nameof(Links))]
    public void Link_matches_its_vector(string text)
    {
        var vector = Vectors.Valid.Single(vector => vector.Link == text);

        Assert.Equal(InviteLinkError.None, InviteLink.TryParse(text, out var link));

        Assert.NotNull(link);
        Assert.Equal(new Uri(vector.Directory), link.Directory);
        Assert.Equal(vector.Inviter, link.Inviter.Value);
        Assert.Equal(vector.Key, Convert.ToHexStringLower(link.Key.Bytes));
        Assert.Equal(vector.Secret, Convert.ToHexStringLower(link.Secret.Bytes));
        Assert.Equal(vector.Room, link.Room?.ToString());
        Assert.Equal(text, link.ToString());
        Assert.Equal(vector.Qr, link.QrText);
    }

    [Theory]
    [MemberData(nameof(Links))]
    public void Derived_values_match_their_vectors(string text)
    {
        var vector = Vectors.Valid.Single(vector => vector.Link == text);
        var secret = new InviteSecret(Convert.FromHexString(vector.Secret));

        Assert.Equal(vector.Id, Convert.ToHexStringLower(secret.Id.Span));
        Assert.Equal(vector.ShortId, InviteSecret.ShortIdOf(secret.Id.Span));
        Assert.Equal(vector.ProofKey, Convert.ToHexStringLower(secret.ProofKey.Span));
        Assert.Equal(vector.MailCapability, Convert.ToHexStringLower(secret.MailCapability.Span));
        Assert.Equal(vector.JoinCode, Convert.ToHexStringLower(secret.JoinCode.Span));
        Assert.Equal(vector.JoinCodeHash, JoinCodes.HashOf(secret.JoinCode.Span));
    }

    [Theory]
    [MemberData(nameof(Links))]
    public void Proof_matches_its_vector_and_no_other_joiner(string text)
    {
        var vector = Vectors.Valid.Single(vector => vector.Link == text);
        var secret = new InviteSecret(Convert.FromHexString(vector.Secret));
        var directoryId = Convert.FromHexString(vector.DirectoryId);
        var (inviter, joiner) = (KeyOf(vector.Key), KeyOf(vector.Joiner));
        var name = Username.Parse(vector.JoinerName);
        var proof = Convert.FromHexString(vector.Proof);

        Assert.Equal(proof, InviteProof.Compute(secret, directoryId, inviter, joiner, name));
        Assert.True(InviteProof.Verify(proof, secret, directoryId, inviter, joiner, name));
        Assert.False(InviteProof.Verify(proof, secret, directoryId, inviter, joiner, Username.Parse("mallory")));
        Assert.False(InviteProof.Verify(proof, secret, directoryId, joiner, inviter, name));
        Assert.False(InviteProof.Verify(proof.AsSpan(1), secret, directoryId, inviter, joiner, name));
    }

    [Theory]
    [MemberData(nameof(InvalidLinks))]
    public void Invalid_link_is_refused(string text)
    {
        var vector = Vectors.Invalid.Single(vector => vector.Link == text);

        Assert.Equal(vector.Error, InviteLink.TryParse(text, out var link).ToString());
        Assert.Null(link);
    }

    [Theory]
    [MemberData(nameof(Links))]
    public void Link_in_another_case_or_form_is_the_same(string text)
    {
        var vector = Vectors.Valid.Single(vector => vector.Link == text);

        foreach (var form in new[] { $" {text}\r\n", text.ToUpperInvariant(), text.ToLowerInvariant(), vector.Qr })
        {
            if (form is not null)
            {
                Assert.Equal(InviteLinkError.None, InviteLink.TryParse(form, out var link));
                Assert.Equal(text, link!.ToString());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Links))]
    public void Link_with_one_changed_character_is_refused(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            foreach (var other in "a7.#/")
            {
                var altered = $"{text[..i]}{other}{text[(i + 1)..]}";
                if (!altered.Equals(text, StringComparison.OrdinalIgnoreCase))
                {
                    Assert.NotEqual(InviteLinkError.None, InviteLink.TryParse(altered, out _));
                }
            }

            Assert.NotEqual(InviteLinkError.None, InviteLink.TryParse(text[..i], out _));
        }
    }

    [Theory]
    [InlineData("http://chat.example.org", true)]
    [InlineData("https://chat.example.org:8443/", true)]
    [InlineData("https://chat.example.org/chat/", false)]
    [InlineData("https://me@chat.example.org/", false)]
    [InlineData("ftp://chat.example.org/", false)]
    [InlineData("http://\u05D0a.example", false)]
    public void CanName_accepts_scheme_host_and_port_only(string directory, bool expected) =>
        Assert.Equal(expected, InviteLink.CanName(new Uri(directory)));

    private static PeerId KeyOf(string hex) => PeerId.FromHash(Convert.FromHexString(hex));

    internal sealed record InviteVectors(IReadOnlyList<Valid> Valid, IReadOnlyList<Invalid> Invalid);

    internal sealed record Valid(
        string Directory,
        string Inviter,
        string Key,
        string Secret,
        string Link,
        string? Qr,
        string Id,
        string ShortId,
        string ProofKey,
        string MailCapability,
        string JoinCode,
        string JoinCodeHash,
        string DirectoryId,
        string Joiner,
        string JoinerName,
        string Proof,
        string? Room = null
    );

    internal sealed record Invalid(string Link, string Error, string Why);
}
