using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using P2PChat.Protocol.Frames;
using P2PChat.Protocol.Mailbox;

namespace P2PChat.Tests.Protocol.Mailbox;

public sealed class TempVectorMaker
{
    [Fact]
    public void Make()
    {
        const int Size = 1024 - 74 - 171 - 16;
        using var alice = new EnvelopeMaker();
        using var bob = new EnvelopeMaker();
        using var carol = new EnvelopeMaker();
        using var second = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var eph = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var resume = new Frame { Resume = new Resume { SendEpoch = 1000, SendBase = 1, ReceiveEpoch = 2000, ReceiveNext = 3 } };
        var message = EnvelopeMaker.Message("Grüße 🙂");
        var valid = new List<object>();
        var invalid = new List<object>();
        void Valid(string name, byte[] envelope)
        {
            var o = bob.Open(envelope);
            valid.Add(new { name, envelope = Convert.ToHexStringLower(envelope), sender = o.Sender.ToString(), id = o.Id.ToString(), frames = o.Frames.Select(f => JsonSerializer.Deserialize<JsonElement>(JsonFormatter.Default.Format(f))).ToList() });
        }
        void Invalid(string name, byte[] envelope, EnvelopeError error) => invalid.Add(new { name, envelope = Convert.ToHexStringLower(envelope), error = error.ToString() });
        var good = alice.Seal(bob, resume, message);
        Valid("a resume and a message", good);
        Valid("an acknowledgement", alice.Seal(bob, new Frame { Ack = new Ack { Epoch = 2000, Next = 4 } }));
        var exact = EnvelopeMaker.Message("");
        exact.Message.Text = new string('x', Size - Envelope.SizeOf([exact]) - 3);
        while (Envelope.SizeOf([exact]) < Size) exact.Message.Text += "x";
        while (Envelope.SizeOf([exact]) > Size) exact.Message.Text = exact.Message.Text[1..];
        Assert.Equal(Size, Envelope.SizeOf([exact]));
        Valid("without any padding", alice.Seal(bob, exact));
        byte[] padded = EnvelopeMaker.Content(Size, message);
        var longer = EnvelopeMaker.Message(new string('x', 1000));
        var large = alice.Seal(bob, longer);
        Assert.Equal(4096, large.Length);

        byte[] With(byte[] from, int index, byte value) { byte[] c = [.. from]; c[index] = value; return c; }
        Invalid("nothing", [], EnvelopeError.Malformed);
        Invalid("version 2", With(good, 0, 2), EnvelopeError.UnsupportedVersion);
        Invalid("cut off by a byte", good[..^1], EnvelopeError.Malformed);
        Invalid("a byte too long", [.. good, 0], EnvelopeError.Malformed);
        Invalid("cut off at a step", large[..1024], EnvelopeError.NotDecrypted);
        Invalid("a prekey that there is not", With(good, 8, 9), EnvelopeError.UnknownPrekey);
        Invalid("another prekey of the recipient", With(good, 8, 8), EnvelopeError.NotDecrypted);
        Invalid("a bit of the encapsulated key flipped: no point of the curve", With(good, 73, (byte)(good[73] ^ 1)), EnvelopeError.NotDecrypted);
        Invalid("the encapsulated key of another envelope", [.. good[..9], .. large[9..74], .. good[74..]], EnvelopeError.NotDecrypted);
        Invalid("a bit of the ciphertext flipped", With(good, 500, (byte)(good[500] ^ 0x80)), EnvelopeError.NotDecrypted);
        Invalid("a bit of the tag flipped", With(good, 1023, (byte)(good[1023] ^ 1)), EnvelopeError.NotDecrypted);
        Invalid("for somebody else, by this recipient's prekey", Envelope.Seal([message], alice.Key, carol.PeerId, bob.Prekey), EnvelopeError.NotDecrypted);
        Invalid("re-encrypted by its recipient to a third person", EnvelopeMaker.Encrypt(carol.Decrypt(alice.Seal(carol, message)), bob), EnvelopeError.BadSignature);
        Invalid("re-encrypted to the same person", EnvelopeMaker.Encrypt(bob.Decrypt(good), bob), EnvelopeError.BadSignature);
        var text = bob.Decrypt(Envelope.Seal(padded, alice.Key, bob.PeerId, bob.Prekey, Guid.CreateVersion7(), eph));
        byte[] Again(byte[] t) => Envelope.Encrypt(t, bob.PeerId, bob.Prekey, eph);
        bob.Open(Again(text));
        Invalid("another id inside", Again(With(text, 0, (byte)(text[0] ^ 1))), EnvelopeError.BadSignature);
        Invalid("another's key inside", Again([.. text[..16], .. carol.Key.ExportSubjectPublicKeyInfo(), .. text[107..]]), EnvelopeError.BadSignature);
        Invalid("other content inside", Again(With(text, 190, (byte)(text[190] ^ 1))), EnvelopeError.BadSignature);
        Invalid("no frame", alice.SealContent(bob, new byte[Size]), EnvelopeError.Malformed);
        Invalid("padding that is not zero", alice.SealContent(bob, With(padded, Size - 1, 1)), EnvelopeError.Malformed);
        Invalid("a frame longer than what is there", alice.SealContent(bob, With(padded, 2, 0x20)), EnvelopeError.Malformed);
        Invalid("a frame that is no Frame", alice.SealContent(bob, With(padded, 4, 0xFF)), EnvelopeError.Malformed);

        object P(ulong id, ECDiffieHellman k) => new { id, publicKey = Convert.ToHexStringLower(P256Point.Export(k)), privateKey = Convert.ToHexStringLower(k.ExportPkcs8PrivateKey()) };
        var json = JsonSerializer.Serialize(new { recipient = bob.PeerId.ToString(), prekeys = new[] { P(7, bob.PrekeySecret), P(8, second) }, valid, invalid },
            new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        File.WriteAllText(P2PChat.Tests.Infrastructure.RepositoryFile.PathOf("docs/vectors/hpke.json").Replace("hpke.json", "envelopes.json", StringComparison.Ordinal), json + "\n");
    }
}
