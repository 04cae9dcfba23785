using System.Text;
using QRCoder;

namespace P2PChat.Tests.Web;

/// <summary>Writes what Chromium's fake camera shows: a QR code, as raw video (YUV4MPEG2).</summary>
internal static class CameraPicture
{
    private const int Width = 640;
    private const int Height = 480;
    private const byte Black = 16;
    private const byte Wall = 140;
    private const byte White = 235;
    private const byte Gray = 128;

    public static void Write(string path, string content)
    {
        using var code = QRCodeGenerator.GenerateQrCode(content, QRCodeGenerator.ECCLevel.M);
        var modules = code.ModuleMatrix;
        var scale = (Height - 40) / modules.Count;
        var (left, top) = ((Width - scale * modules.Count) / 2, (Height - scale * modules.Count) / 2);
        var luma = new byte[Width * Height];
        Array.Fill(luma, Wall);
        for (var y = 0; y < scale * modules.Count; y++)
        {
            for (var x = 0; x < scale * modules.Count; x++)
            {
                luma[(top + y) * Width + left + x] = modules[y / scale][x / scale] ? Black : White;
            }
        }

        var chroma = new byte[Width * Height / 2];
        Array.Fill(chroma, Gray);
        // Chromium reads an open file again and again, so a new picture is a new file.
        var written = $"{path}.new";
        using (var file = File.Create(written))
        {
            file.Write(Encoding.ASCII.GetBytes($"YUV4MPEG2 W{Width} H{Height} F10:1 Ip A1:1 C420\n"));
            for (var frame = 0; frame < 2; frame++)
            {
                file.Write("FRAME\n"u8);
                file.Write(luma);
                file.Write(chroma);
            }
        }

        File.Move(written, path, overwrite: true);
    }
}
