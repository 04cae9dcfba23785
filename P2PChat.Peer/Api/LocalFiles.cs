using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Api;

/// <summary>
/// The files of the peer in this process, as contracts. Every method throws a <see cref="PeerException"/> if it is
/// refused.
/// </summary>
internal sealed class LocalFiles(FileService files, FileContentService contents, UploadService uploads)
{
    public FilesResponse List() => new([.. files.All.Select(file => file.ToContract())]);

    public async Task<FileItem> OfferAsync(
        Username to,
        string path,
        string? mediaType,
        CancellationToken cancellationToken
    ) => (await files.OfferAsync(to, path, mediaType, cancellationToken)).ToContract();

    public async Task<UploadResponse> UploadAsync(string name, Stream content, CancellationToken cancellationToken) =>
        (await uploads.ReceiveAsync(name, content, cancellationToken)).ToContract();

    public void RemoveUpload(Guid id) => uploads.Remove(id);

    public async Task<FileItem> OfferUploadAsync(Username to, Guid upload, string? mediaType, byte[]? preview) =>
        (await files.OfferUploadAsync(to, upload, mediaType, preview)).ToContract();

    public async Task DownloadAsync(Username with, Guid id, Stream output, CancellationToken cancellationToken)
    {
        await using var content = contents.Open(with, id).Content;
        await content.CopyToAsync(output, cancellationToken);
    }

    public FileItem Accept(Username with, Guid id, bool? yours) => files.Accept(with, id, yours).ToContract();

    public FileItem Pause(Username with, Guid id, bool? yours) => files.Pause(with, id, yours).ToContract();

    public FileItem Cancel(Username with, Guid id, bool? yours) => files.Cancel(with, id, yours).ToContract();

    public async Task<SavedFileResponse> SaveAsync(
        Username with,
        Guid id,
        string path,
        CancellationToken cancellationToken
    ) => new(await contents.SaveAsync(with, id, path, cancellationToken));
}
