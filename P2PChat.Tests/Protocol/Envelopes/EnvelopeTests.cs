using System.Security.Cryptography;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Envelopes;

/// <summary>Confidentiality and authenticity of envelopes.</summary>
public sealed class EnvelopeTests : IDisposable
{
    // In the smallest envelope.
    private const int ContentSize = 1024 - 74 - 171 - 16;

    private readonly EnvelopeMaker _alice = new();
    private readonly EnvelopeMaker _bob = new();
    private readonly EnvelopeMaker _carol = new();

    public void Dispose()
    {
        _alice.Dispose();
        _bob.Dispose();
        _carol.Dispose();
    }

    [Fact]
    public void Sealed_envelope_opens_with_its_sender()
    {
        Frame[] frames =
        [
            new()
            {
                Resume = new Resume { SendEpoch = 1000, SendBase = 1 },
            },
            EnvelopeMaker.Message("hello"),
            EnvelopeMaker.Message(""),
        ];

        var opened = _bob.Open(_alice.Seal(_bob, frames));

        Assert.Equal(frames, opened.Frames);
        Assert.Equal(_alice.PeerId, opened.Sender);
        Assert.Equal(_alice.Key.ExportSubjectPublicKeyInfo(), opened.SenderKey.ToArray());
        Assert.NotEqual(opened.Id, _bob.Open(_alice.Seal(_bob, frames)).Id);
    }

    [Theory]
    [InlineData(1, 1024)]
    [InlineData(1000, 4 * 1024)]
    [InlineData(4 * 1024, 16 * 1024)]
    [InlineData(20_000, 64 * 1024)]
    [InlineData(65_536, 128 * 1024)]
    public void Envelope_length_is_padded_to_a_fixed_size(int text, int expected)
    {
        Assert.Equal(expected, _alice.Seal(_bob, EnvelopeMaker.Message(new string('x', text))).Length);
    }

    [Fact]
    public void Envelope_holds_exactly_MaxContentSize()
    {
        var rest = Envelope.MaxContentSize - Envelope.SizeOf([EnvelopeMaker.Message(new string('x', 65_536))]);
        Frame[] full = [EnvelopeMaker.Message(new string('x', 65_536)), EnvelopeMaker.Message("")];
        full[1].Message.Text = new string('y', rest - Envelope.SizeOf([full[1]]) - 8);
        while (Envelope.SizeOf(full) < Envelope.MaxContentSize)
        {
            full[1].Message.Text += "y";
        }

        Assert.Equal(Envelope.MaxContentSize, Envelope.SizeOf(full));

        Assert.Equal(full, _bob.Open(_alice.Seal(_bob, full)).Frames);
        full[1].Message.Text += "y";
        Assert.Equal(EnvelopeError.TooLarge, Assert.Throws<EnvelopeException>(() => _alice.Seal(_bob, full)).Error);
    }

    [Fact]
    public void Seal_rejects_an_empty_list_and_empty_frames()
    {
        Assert.Equal(EnvelopeError.Malformed, Assert.Throws<EnvelopeException>(() => _alice.Seal(_bob)).Error);
        Assert.Equal(
            EnvelopeError.Malformed,
            Assert.Throws<EnvelopeException>(() => _alice.Seal(_bob, new Frame())).Error
        );
    }

    [Fact]
    public void Truncated_envelope_is_rejected()
    {
        var envelope = _alice.Seal(_bob, EnvelopeMaker.Message(new string('x', 1000)));
        foreach (var length in new[] { 0, 1, 8, 9, 73, 74, 89, 90, 1023, 1024, 4095 })
        {
            Assert.Throws<EnvelopeException>(() => _bob.Open(envelope[..length]));
        }

        Assert.Equal(
            EnvelopeError.Malformed,
            Assert.Throws<EnvelopeException>(() => _bob.Open([.. envelope, 0])).Error
        );
    }

    [Fact]
    public void Any_flipped_bit_is_rejected()
    {
        var envelope = _alice.Seal(_bob, EnvelopeMaker.Message("hello"));
        foreach (var bit in Enumerable.Range(0, envelope.Length).Select(index => index * 8 + index % 8))
        {
            byte[] changed = [.. envelope];
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            var error = Assert.Throws<EnvelopeException>(() => _bob.Open(changed)).Error;
            Assert.Equal(
                bit switch
                {
                    < 8 => EnvelopeError.UnsupportedVersion,
                    < 72 => EnvelopeError.UnknownPrekey,
                    _ => EnvelopeError.NotDecrypted,
                },
                error
            );
        }
    }

    [Fact]
    public void Envelope_for_another_peer_is_not_decrypted_with_the_same_prekey()
    {
        var envelope = _alice.Seal(_carol, EnvelopeMaker.Message("for carol"));

        Assert.Equal(EnvelopeError.NotDecrypted, Assert.Throws<EnvelopeException>(() => _bob.Open(envelope)).Error);
        // Having the prekey does not make another peer the recipient.
        Assert.Equal(
            EnvelopeError.NotDecrypted,
            Assert.Throws<EnvelopeException>(() => Envelope.Open(envelope, _bob.PeerId, _ => _carol.PrekeySecret)).Error
        );
    }

    [Fact]
    public void Received_envelope_cannot_be_forwarded_to_another_peer()
    {
        var text = _carol.Decrypt(_alice.Seal(_carol, EnvelopeMaker.Message("you are dismissed")));

        Assert.Equal(
            EnvelopeError.BadSignature,
            Assert.Throws<EnvelopeException>(() => _bob.Open(EnvelopeMaker.Encrypt(text, _bob))).Error
        );
        // The recipient cannot replay it to itself as a new envelope either.
        Assert.Equal(
            EnvelopeError.BadSignature,
            Assert.Throws<EnvelopeException>(() => _carol.Open(EnvelopeMaker.Encrypt(text, _carol))).Error
        );
    }

    [Fact]
    public void Signature_covers_content_id_and_sender()
    {
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] Text() =>
            _bob.Decrypt(
                Envelope.Seal(
                    EnvelopeMaker.Content(ContentSize, EnvelopeMaker.Message("hello")),
                    _alice.Key,
                    _bob.PeerId,
                    _bob.Prekey,
                    Guid.CreateVersion7(),
                    ephemeral
                )
            );
        Assert.Equal(_alice.PeerId, _bob.Open(Envelope.Encrypt(Text(), _bob.PeerId, _bob.Prekey, ephemeral)).Sender);

        foreach (var index in new[] { 0, 15, 16, 106, 107, 170, 171, ContentSize + 170 })
        {
            var text = Text();
            text[index] ^= 1;
            Assert.Equal(EnvelopeError.BadSignature, Refusal(text));
        }

        var carols = Text();
        _carol.Key.ExportSubjectPublicKeyInfo().CopyTo(carols, 16);
        Assert.Equal(EnvelopeError.BadSignature, Refusal(carols));

        EnvelopeError Refusal(byte[] text) =>
            Assert
                .Throws<EnvelopeException>(() => _bob.Open(Envelope.Encrypt(text, _bob.PeerId, _bob.Prekey, ephemeral)))
                .Error;
    }

    [Fact]
    public void Signed_but_malformed_content_is_rejected()
    {
        var message = EnvelopeMaker.Message("hello");
        byte[] Changed(Action<byte[]> change)
        {
            var content = EnvelopeMaker.Content(ContentSize, message);
            change(content);
            return content;
        }

        foreach (
            var content in new[]
            {
                new byte[ContentSize],
                Changed(content => content[^1] = 1),
                Changed(content => content[Envelope.SizeOf([message])] = 1),
                Changed(content => content[0] = 0xFF),
                Changed(content => content[2] = 0x20),
                Changed(content => content[3]++),
                Changed(content => content[4] = 0xFF),
                Changed(content => Array.Fill(content, (byte)0xFF)),
            }
        )
        {
            Assert.Equal(
                EnvelopeError.Malformed,
                Assert.Throws<EnvelopeException>(() => _bob.Open(_alice.SealContent(_bob, content))).Error
            );
        }
    }

    [Fact]
    public void Two_envelopes_of_the_same_text_differ_completely()
    {
        var message = EnvelopeMaker.Message("hello");
        var (first, second) = (_alice.Seal(_bob, message), _alice.Seal(_bob, message));
        Assert.False(first.AsSpan(9, 65).SequenceEqual(second.AsSpan(9, 65)));
        Assert.InRange(first.Skip(74).Zip(second.Skip(74)).Count(pair => pair.First == pair.Second), 0, 40);
    }

    [Fact]
    public void Envelope_reveals_neither_sender_nor_recipient_nor_text()
    {
        var envelope = _alice.Seal(_bob, EnvelopeMaker.Message("a text that is long enough to be found"));
        foreach (
            var secret in new[]
            {
                _alice.Key.ExportSubjectPublicKeyInfo()[27..],
                _alice.PeerId.Bytes.ToArray(),
                _bob.PeerId.Bytes.ToArray(),
                "long enough"u8.ToArray(),
            }
        )
        {
            Assert.Equal(-1, envelope.AsSpan().IndexOf(secret));
        }
    }
}
