using System.Security.Cryptography;
using P2PChat.Node.Backup;

namespace P2PChat.Tests.Node.Backup;

/// <summary>The same passphrase, typed with composed or decomposed letters.</summary>
public sealed class PassphraseTests
{
    private const string Composed = "caf\u00E9 ti\u1EBFng \uD55C\uAE00";
    private const string Decomposed = "cafe\u0301 tie\u0302\u0301ng \u1112\u1161\u11AB\u1100\u1173\u11AF";

    // This is how a Vietnamese keyboard types it.
    private const string Mixed = "cafe\u0301 ti\u00EA\u0301ng \uD55C\u1100\u1173\u11AF";

    [Theory]
    [InlineData(Composed)]
    [InlineData(Decomposed)]
    [InlineData(Mixed)]
    public void New_backup_opens_with_every_form_of_its_passphrase(string typed)
    {
        var header = HeaderFor(Passphrase.ForNewBackup(typed));
        Assert.Equal(
            [PassphraseKdf.KeySize, PassphraseKdf.KeySize, PassphraseKdf.KeySize],
            new[] { Composed, Decomposed, Mixed }.Select(form => header.Key(form).Length)
        );
    }

    [Theory]
    [InlineData(Composed, Decomposed)]
    [InlineData(Decomposed, Composed)]
    [InlineData(Mixed, Mixed)]
    public void Old_backup_opens_if_the_typed_or_a_normalized_form_matches(string written, string typed)
    {
        var header = HeaderFor(written);
        Assert.Equal(header.Key(written), header.Key(typed));
    }

    [Theory]
    [InlineData("plain ascii", "plain ascii", "plain ascii")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307")]
    [InlineData("\u212B\u2126\uF900", "\u00C5\u03A9\u8C48", "A\u030A\u03A9\u8C48")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C")]
    [InlineData("e\u0301\u0323", "\u1EB9\u0301", "e\u0323\u0301")]
    [InlineData("a\u0315\u0300\u05AE\u0301b", "\u00E0\u05AE\u0301\u0315b", "a\u05AE\u0300\u0301\u0315b")]
    [InlineData("\uFB01\u2260", "\uFB01\u2260", "\uFB01=\u0338")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    public void Canonical_forms_match_Unicode(string text, string composed, string decomposed)
    {
        Assert.Equal(composed, CanonicalForm.Compose(text));
        Assert.Equal(decomposed, CanonicalForm.Decompose(text));
        Assert.Equal(composed, CanonicalForm.Compose(decomposed));
    }

    [Fact]
    public void Length_counts_composed_characters()
    {
        Assert.NotNull(Passphrase.ValidationError(string.Concat(Enumerable.Repeat("e\u0301", 7))));
        Assert.Null(Passphrase.ValidationError(string.Concat(Enumerable.Repeat("e\u0301", 8))));
    }

    // Cheap parameters: 1 MiB and one pass.
    private static BackupHeader HeaderFor(string form)
    {
        var kdf = new PassphraseKdf(1024, 1, 1, RandomNumberGenerator.GetBytes(PassphraseKdf.SaltSize));
        return BackupHeader.Create(kdf, BackupHeader.DefaultChunk, kdf.Derive(form).Check);
    }
}
