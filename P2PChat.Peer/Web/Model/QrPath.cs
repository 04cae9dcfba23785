using System.Globalization;
using System.Text;
using QRCoder;

namespace P2PChat.Peer.Web.Model;

/// <summary>Draws a QR code (ISO/IEC 18004) as an SVG path: one unit per module, including the quiet zone.</summary>
public static class QrPath
{
    public static (string Path, int Size) Of(string content)
    {
        using var code = QRCodeGenerator.GenerateQrCode(content, QRCodeGenerator.ECCLevel.M);
        var path = new StringBuilder();
        for (var row = 0; row < code.ModuleMatrix.Count; row++)
        {
            var modules = code.ModuleMatrix[row];
            for (var column = 0; column < modules.Count; column++)
            {
                if (!modules[column])
                {
                    continue;
                }

                var start = column;
                while (column + 1 < modules.Count && modules[column + 1])
                {
                    column++;
                }

                _ = path.Append(CultureInfo.InvariantCulture, $"M{start} {row}h{column - start + 1}v1H{start}z");
            }
        }

        return (path.ToString(), code.ModuleMatrix.Count);
    }
}
