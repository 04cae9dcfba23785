using System.Collections;
using System.Text;
using QRCoder;

namespace P2PChat.Peer.Cli;

/// <summary>
/// Draws a QR code (ISO/IEC 18004) with half blocks, two rows of modules per line, for a terminal with a dark
/// background.
/// </summary>
public static class QrText
{
    // The quiet zone around the code, in modules, which scanners need.
    private const int QuietZone = 4;

    public static IReadOnlyList<string> Draw(string content) => Draw(content, QRCodeGenerator.ECCLevel.M, QuietZone);

    /// <summary>
    /// Draws as few lines as possible: low error correction, and half of the quiet zone, which scanners accept on a
    /// dark background. 154 alphanumeric characters take 21 lines.
    /// </summary>
    public static IReadOnlyList<string> DrawCompact(string content) =>
        Draw(content, QRCodeGenerator.ECCLevel.L, QuietZone / 2);

    private static List<string> Draw(string content, QRCodeGenerator.ECCLevel level, int quiet)
    {
        using var code = QRCodeGenerator.GenerateQrCode(content, level);
        var all = code.ModuleMatrix;
        var rows = all[(QuietZone - quiet)..^(QuietZone - quiet)];
        var lines = new List<string>();
        for (var row = 0; row < rows.Count; row += 2)
        {
            var line = new StringBuilder(rows.Count);
            for (var column = QuietZone - quiet; column < all.Count - QuietZone + quiet; column++)
            {
                _ = line.Append(
                    (IsLight(rows[row], column), row + 1 == rows.Count || IsLight(rows[row + 1], column)) switch
                    {
                        (true, true) => '█',
                        (true, false) => '▀',
                        (false, true) => '▄',
                        _ => ' ',
                    }
                );
            }

            lines.Add(line.ToString());
        }

        return lines;
    }

    private static bool IsLight(BitArray row, int column) => !row[column];
}
