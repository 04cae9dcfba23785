#:property PublishAot=false

// Writes P2PChat.Peer/wwwroot/sounds/message.wav, the sound of a notification: two soft bells, a fifth apart.
//   dotnet run eng/message-sound.cs > P2PChat.Peer/wwwroot/sounds/message.wav
const int Rate = 22_050;
const double Seconds = 0.7;
(double Start, double Hertz)[] notes = [(0, 784), (0.11, 1174.66)];

// A bell's overtones die faster than its fundamental.
(double Ratio, double Volume, double Decay)[] partials = [(1, 1, 7), (2, 0.28, 12), (3.01, 0.1, 20)];

var samples = new short[(int)(Rate * Seconds)];
for (var i = 0; i < samples.Length; i++)
{
    var time = i / (double)Rate;
    var value = 0.0;
    foreach (var (start, hertz) in notes)
    {
        var since = time - start;
        if (since < 0)
            continue;
        // The first milliseconds rise, so that there is no click.
        var attack = Math.Min(1, since / 0.006);
        foreach (var (ratio, volume, decay) in partials)
            value += attack * volume * Math.Exp(-decay * since) * Math.Sin(2 * Math.PI * hertz * ratio * since);
    }

    var ending = Math.Min(1, (Seconds - time) / 0.05);
    samples[i] = (short)(value * ending * 0.2 * short.MaxValue);
}

using var output = Console.OpenStandardOutput();
using var writer = new BinaryWriter(output);
writer.Write("RIFF"u8);
writer.Write(36 + 2 * samples.Length);
writer.Write("WAVEfmt "u8);
writer.Write(16);
writer.Write((short)1);
writer.Write((short)1);
writer.Write(Rate);
writer.Write(2 * Rate);
writer.Write((short)2);
writer.Write((short)16);
writer.Write("data"u8);
writer.Write(2 * samples.Length);
foreach (var sample in samples)
    writer.Write(sample);
