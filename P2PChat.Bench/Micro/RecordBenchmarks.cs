using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;

namespace P2PChat.Bench.Micro;

/// <summary>Verifying a signed record, compared with verifying the signature alone.</summary>
public class RecordBenchmarks
{
    private SignedRecord _record = null!;
    private byte[] _signed = [];
    private ECDsa _key = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var publicKey = _key.ExportSubjectPublicKeyInfo();
        _record = SignedRecord.Sign(
            new PeerRecord
            {
                Purpose = Purpose.Register,
                DirectoryId = ByteString.CopyFrom(new byte[SignedRecord.DirectoryIdSize]),
                Username = "bench",
                Sequence = 1,
                NotAfter = 1_760_000_000_000,
                Devices =
                {
                    new Device
                    {
                        PublicKey = ByteString.CopyFrom(publicKey),
                        Endpoints =
                        {
                            new Endpoint
                            {
                                Transport = Transport.Tcp,
                                Host = "127.0.0.1",
                                Port = 8001,
                            },
                        },
                    },
                },
            },
            _key
        );
        _signed = [.. "P2PChat record v1\0"u8, .. _record.Record.Span];
    }

    [GlobalCleanup]
    public void CleanUp() => _key.Dispose();

    [Benchmark]
    public VerifiedRecord Verify() => _record.Verify();

    [Benchmark]
    public bool BareImportAndVerify()
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_record.PublicKey.Span, out _);
        return key.VerifyData(_signed, _record.Signature.Span, HashAlgorithmName.SHA256);
    }

    [Benchmark]
    public bool BareVerify() => _key.VerifyData(_signed, _record.Signature.Span, HashAlgorithmName.SHA256);

    [Benchmark]
    public PeerId ToPeerId() => PeerId.FromPublicKey(_record.PublicKey.Span);
}
