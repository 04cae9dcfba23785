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
    public static IReadOnlyList<string> Draw(string content)
    {
        using var code = QRCodeGenerator.GenerateQrCode(content, QRCodeGenerator.ECCLevel.M);

        // Includes the quiet zone of four modules that scanners need.
        var rows = code.ModuleMatrix;
        var lines = new List<string>();
        for (var row = 0; row < rows.Count; row += 2)
        {
            var line = new StringBuilder(rows.Count);
            for (var column = 0; column < rows.Count; column++)
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
