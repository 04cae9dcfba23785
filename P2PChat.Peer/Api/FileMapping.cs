using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;

namespace P2PChat.Peer.Api;

/// <summary>Converts transfers of files into the contracts of the local API.</summary>
internal static class FileMapping
{
    public static UploadResponse ToContract(this FileUpload upload) => new(upload.Id, upload.Name, upload.Size);

    public static MessageFileItem ToContract(this MessageFile file) => new(file.Name, file.Size, file.MediaType);

    public static FileItem ToContract(this FileTransfer transfer) =>
        new(
            transfer.Id,
            transfer.With.Value,
            transfer.IsOurs,
            transfer.Name,
            transfer.Size,
            transfer.MediaType,
            (FileState)transfer.State,
            transfer.Done,
            transfer.Problem == TransferProblem.None ? null : (FileProblem)transfer.Problem,
            transfer.IsPausedByThem,
            transfer.Rate,
            transfer.TimeLeft?.TotalSeconds,
            transfer.Path,
            transfer.Copy is { } copy
                ? new FileCopyItem(
                    (FileCopyState)copy.State,
                    copy.Problem == CopyProblem.None ? null : (FileCopyProblem)copy.Problem,
                    copy.Until
                )
                : null
        );
}
