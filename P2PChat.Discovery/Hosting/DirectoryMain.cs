using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Storage;

namespace P2PChat.Discovery.Hosting;

/// <summary>The directory's program.</summary>
public static class DirectoryMain
{
    /// <returns>The exit code: 0, 1 if the address or the data cannot be used, 2 for invalid settings.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            await DiscoveryApp.Build(arguments).RunAsync();
            return 0;
        }
        catch (OptionsValidationException exception)
        {
            foreach (var failure in exception.Failures)
            {
                await Console.Error.WriteLineAsync(failure);
            }

            return 2;
        }
        catch (DirectoryStartException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException or SocketException)
        {
            await Console.Error.WriteLineAsync(
                $"{exception.Message.TrimEnd('.')}: stop the other program, or choose another address with --urls."
            );
            return 1;
        }
    }
}
