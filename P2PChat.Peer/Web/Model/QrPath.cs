using System.Globalization;
using System.Text;
using QRCoder;

namespace P2PChat.Peer.Web.Model;

/// <summary>A QR code (ISO/IEC 18004) as the path of an SVG, one unit a module, with the quiet zone that a scanner needs.</summary>
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

                var begin = column;
                while (column + 1 < modules.Count && modules[column + 1])
                {
                    column++;
                }

                _ = path.Append(CultureInfo.InvariantCulture, $"M{begin} {row}h{column - begin + 1}v1H{begin}z");
            }
        }

        return (path.ToString(), code.ModuleMatrix.Count);
    }
}
