using System.Collections;
using System.Text;
using QRCoder;

namespace P2PChat.Peer.Cli;

/// <summary>A QR code (ISO/IEC 18004) as lines of half blocks, two rows of it a line, for a terminal that writes bright on dark.</summary>
public static class QrText
{
    public static IReadOnlyList<string> Draw(string content)
    {
        using var code = QRCodeGenerator.GenerateQrCode(content, QRCodeGenerator.ECCLevel.M);

        // The quiet zone of four modules, which a scanner needs, is part of it.
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
