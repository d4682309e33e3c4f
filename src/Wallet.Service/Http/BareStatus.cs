namespace Wallet.Service.Http;

/// <summary>Gives an answer that is a status and nothing else, such as that of a path which does not exist, the body of a problem.</summary>
internal sealed class BareStatus(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var task = next(context);
        return task.IsCompletedSuccessfully && !IsBare(context.Response) ? Task.CompletedTask : WriteAsync(context, task);
    }

    private static async Task WriteAsync(HttpContext context, Task task)
    {
        await task;
        if (!IsBare(context.Response))
            return;
        // A body that could not be read to its end: the web server ends the connection, and a client need not find that out by itself.
        if (context.Response.StatusCode is StatusCodes.Status400BadRequest or StatusCodes.Status408RequestTimeout or StatusCodes.Status413PayloadTooLarge)
            context.Response.Headers.Connection = "close";
        await new ProblemResult(ProblemCatalog.ForStatus(context.Response.StatusCode)).ExecuteAsync(context);
    }

    private static bool IsBare(HttpResponse response) =>
        response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null };
}
