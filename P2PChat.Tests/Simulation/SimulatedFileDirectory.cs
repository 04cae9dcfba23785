using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Files;
using P2PChat.Discovery.Hosting;
using P2PChat.Discovery.Storage;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Discovery.Storage.Local;
using P2PChat.Discovery.Storage.Memory;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.ServiceDefaults.Problems;
using P2PChat.Tests.Discovery;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// A directory's own file services over a folder, called without a network. Its disk, its folder and the claim of the
/// receiver can fail.
/// </summary>
internal sealed class SimulatedFileDirectory : IDisposable
{
    private const string Id = "0123456789abcdef0123456789abcdef";

    private readonly TestIdentity _owner;
    private readonly string _folder;
    private readonly DirectoryOptions _options;
    private readonly ServiceProvider _services;
    private string _tokenHash = "";

    /// <param name="owner">The receiver of all files.</param>
    public SimulatedFileDirectory(string owner, string folder, TimeProvider clock, Action<FileStoreOptions> configure)
    {
        (_owner, _folder) = (new TestIdentity(owner), folder);
        // Leases are not simulated: the receiver is always registered.
        _options = new DirectoryOptions { Lease = TimeSpan.FromDays(3650) };
        _options.Files.Folder = folder;
        configure(_options.Files);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddProblems<DirectoryProblemCatalogue>();
        services.AddSingleton(clock);
        services.AddSingleton(Options.Create(_options));
        services.AddSingleton<ILocalData, MemoryData>();
        services.AddSingleton<LocalPeerStore>();
        services.AddSingleton<LocalMailboxStore>();
        services.AddSingleton<IFileLedger, LocalFileLedger>();
        services.AddSingleton<IFolderReplicas, LocalFolderReplicas>();
        services.AddSingleton<DiskSpaceProbe>(_ => new DiskSpace(IsFull ? 0 : 1L << 40, 1L << 40));
        services.AddSingleton<IFileStore, FolderFileStore>();
        services.AddSingleton<DirectoryMetrics>();
        services.AddFiles();
        _services = services.BuildServiceProvider();
        Check();
    }

    /// <summary>Whether its disk has no room.</summary>
    public bool IsFull { get; set; }

    /// <summary>Whether its folder is missing.</summary>
    public bool IsOff { get; private set; }

    /// <summary>For a deliberate fault: files are not deleted.</summary>
    public bool KeepsFiles { get; set; }

    private ILocalData Data => _services.GetRequiredService<ILocalData>();

    private string Blobs => (IsOff ? Away : _folder) + "/files";

    private string Away => _folder + ".away";

    public void SetOff(bool isOff)
    {
        if (isOff != IsOff)
        {
            IsOff = isOff;
            Directory.Move(isOff ? _folder : Away, isOff ? Away : _folder);
            Check();
        }
    }

    /// <summary>Claims the receiver's name.</summary>
    /// <returns>Its lease token.</returns>
    public string Register()
    {
        var record = _owner.Record(Id);
        _tokenHash = LeaseToken.Create(Username.Parse(_owner.Username), out var token).Hash;
        var registration = new PeerRegistration(
            Username.Parse(_owner.Username),
            _owner.PeerId.ToString(),
            (long)record.Sequence,
            Ephemeral: false,
            Unlisted: false,
            new Claimant("claimant"),
            _owner.Sign(record),
            _tokenHash
        );
        _ = _services
            .GetRequiredService<LocalPeerStore>()
            .RegisterAsync(registration, default)
            .GetAwaiter()
            .GetResult();
        return token;
    }

    /// <summary>Lets the holder of a capability upload.</summary>
    public void Grant(byte[] capability) =>
        Assert.Equal(
            MailboxOutcome.Done,
            _services
                .GetRequiredService<LocalMailboxStore>()
                .GrantAsync(Username.Parse(_owner.Username), _tokenHash, MailboxCapability.HashOf(capability), default)
                .GetAwaiter()
                .GetResult()
        );

    /// <summary>Removes the receiver's claim, with its mailbox and its files.</summary>
    public void RemoveClaim() =>
        _ = _services
            .GetRequiredService<LocalPeerStore>()
            .RemoveAsync(Username.Parse(_owner.Username), default)
            .GetAwaiter()
            .GetResult();

    /// <summary>Deletes what has expired, was deleted, or has lost its claim.</summary>
    public void Sweep()
    {
        var sweeper = _services.GetRequiredService<FileSweeper>();
        sweeper.SweepAsync(default).GetAwaiter().GetResult();
        sweeper.SweepOrphansAsync(default).GetAwaiter().GetResult();
    }

    /// <summary>The sizes of the files in the folder, which an upload may not have completed.</summary>
    public IReadOnlyList<long> SizesOnDisk() =>
        [
            .. new System.IO.DirectoryInfo(Path.GetDirectoryName(Blobs)!)
                .EnumerateFiles("*", SearchOption.AllDirectories)
                .Where(file => FolderLayout.IsName(file.Name) && file.Directory!.Name != "replicas")
                .Select(file => file.Length),
        ];

    /// <summary>The bytes that the accounts have.</summary>
    public long Charged() => Data.Run(_ => Data.Files.TotalBytes);

    /// <summary>Changes a byte of a file, if it is complete.</summary>
    /// <returns>False if it is not there.</returns>
    public bool TryDamage(string id, int number)
    {
        var blob = Data.Run(_ => Data.Files.Find(_owner.Username, id)?.Blob);
        if (blob is null || Directory.GetFiles(Blobs, blob, SearchOption.AllDirectories) is not [var path])
        {
            return false;
        }

        var bytes = File.ReadAllBytes(path);
        bytes[number % bytes.Length] ^= 1;
        File.WriteAllBytes(path, bytes);
        return true;
    }

    public async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request)
    {
        using var body = new MemoryStream();
        var context = await ReadAsync(request);
        context.Response.Body = body;
        try
        {
            await (await HandleAsync(context, request.RequestUri!.Segments)).ExecuteAsync(context);
        }
        catch (Exception exception)
            when (_services.GetRequiredService<IProblemCatalogue>().Find(exception) is { } problem)
        {
            await context.WriteProblemAsync(problem);
        }

        await context.Response.BodyWriter.FlushAsync();
        var answer = new HttpResponseMessage((HttpStatusCode)context.Response.StatusCode)
        {
            Content = new ByteArrayContent(body.ToArray()),
            RequestMessage = request,
        };
        foreach (var (name, values) in context.Response.Headers)
        {
            _ =
                answer.Headers.TryAddWithoutValidation(name, values.ToArray())
                || answer.Content.Headers.TryAddWithoutValidation(name, values.ToArray());
        }

        return answer;
    }

    public void Dispose()
    {
        _services.Dispose();
        _owner.Dispose();
    }

    private void Check() => _services.GetRequiredService<IFileStore>().CheckAsync(Id, default).GetAwaiter().GetResult();

    private async Task<HttpContext> ReadAsync(HttpRequestMessage request)
    {
        var context = new DefaultHttpContext { RequestServices = _services };
        context.Request.Method = request.Method.Method;
        foreach (var (name, values) in request.Headers)
        {
            context.Request.Headers[name] = values.ToArray();
        }

        if (request.Content is { } content)
        {
            context.Request.Body = new MemoryStream(await content.ReadAsByteArrayAsync());
            context.Request.ContentLength = context.Request.Body.Length;
            context.Request.ContentType = content.Headers.ContentType?.ToString();
        }

        return context;
    }

    // The paths are /directory and /peers/{username}/files/{id}.
    private Task<IResult> HandleAsync(HttpContext context, string[] path)
    {
        if (path[^1] == "directory")
        {
            return Task.FromResult(Describe());
        }

        var (name, id) = (path[2].TrimEnd('/'), path[4]);
        var reads = _services.GetRequiredService<ReadFiles>();
        return context.Request.Method switch
        {
            "PUT" => _services.GetRequiredService<UploadFile>().HandleAsync(context, name, id),
            "GET" => reads.DownloadAsync(context, name, id),
            "DELETE" when KeepsFiles => Task.FromResult(Results.NoContent()),
            "DELETE" => reads.DeleteAsync(context, name, id),
            _ => throw new InvalidOperationException($"Unexpected call: {context.Request.Method}"),
        };
    }

    private IResult Describe()
    {
        var isOn = _services.GetRequiredService<IFileStore>().Status.State == FileStoreState.On;
        var info = new DirectoryInfo(Id, "simulated", new DirectoryLimits(8192, 100, 30, 30, 300))
        {
            Files = new DirectoryFiles(isOn, _options.Files.FileBytes, _options.Files.Kept.TotalDays),
        };
        return Results.Text(JsonSerializer.Serialize(info, DirectoryJson.Default.DirectoryInfo), "application/json");
    }
}
